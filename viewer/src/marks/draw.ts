// Marks and pointers, drawn. What is drawn is stuck to the picture: points go through the one affine that says where the
// picture lies on the canvas, lines and words keep their size on the screen. Still pictures, live video and replay all
// draw by this. Pure: a pen in, strokes out; it reads no clock and no style.
import type { Mark } from '../session/wire.gen'
import { onCanvas } from './affine'
import type { Affine, Place, Size } from './affine'

/** What is needed of a CanvasRenderingContext2D. */
export type Pen = Pick<
  CanvasRenderingContext2D,
  | 'beginPath'
  | 'moveTo'
  | 'lineTo'
  | 'closePath'
  | 'arc'
  | 'stroke'
  | 'fill'
  | 'fillText'
  | 'strokeText'
  | 'measureText'
  | 'lineWidth'
  | 'lineCap'
  | 'lineJoin'
  | 'strokeStyle'
  | 'fillStyle'
  | 'globalAlpha'
  | 'font'
  | 'textBaseline'
>

/** A mark with what is not in it. `words`: what stands beside it, the text or the measure, in the reader's language.
 * `alpha`: 0 to 1, for those that fade. `flagged`: the frame that it was drawn on did not come here. */
export interface DrawnMark {
  readonly mark: Pick<Mark, 'shape' | 'points'>
  readonly colour: string
  readonly words: string
  readonly alpha: number
  readonly flagged?: boolean
}

/** Somebody's pointer: where (fraction of the picture), whose. */
export interface DrawnPointer {
  readonly at: Place
  readonly colour: string
  readonly name: string
}

const FRACTION = 1e-8 // the wire's unit of a place, signalling/looking.py
const LINE = 2 // CSS px
const HALO = 2 // on each side, dark: a mark is seen on white too
const HALO_COLOUR = 'rgb(0 0 0 / 70%)'
const HEAD = 14 // length of an arrow's head
const HEAD_ANGLE = Math.PI / 7
const TICK = 6 // half the bar at a caliper's end
const ELLIPSE_STEPS = 72
const FONT = '600 14px system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif'
const FADE_OUT_US = 1_500_000
const POINTER = 7

/** How strongly a mark is drawn at `ageUs`; 0 = not at all. `lastsUs`: how long a fading mark is looked at. */
export function alphaOf(fades: boolean, ageUs: number, lastsUs: number): number {
  if (!fades) return 1
  return Math.max(0, Math.min(1, (lastsUs - ageUs) / FADE_OUT_US))
}

export function drawMark(pen: Pen, drawn: DrawnMark, to: Affine): void {
  const points = drawn.mark.points.map(({ x, y }) => onCanvas(to, { x: x * FRACTION, y: y * FRACTION }))
  const lines = linesOf(drawn.mark, points, to)
  pen.globalAlpha = drawn.flagged ? drawn.alpha / 2 : drawn.alpha
  strokeTwice(pen, lines, drawn.colour)
  if (drawn.words) write(pen, drawn.words, wordsAt(drawn.mark.shape, points), drawn.colour)
  pen.globalAlpha = 1
}

/** Only what is inside the canvas can be pointed at: a pointer outside stands at the edge. */
export function drawPointer(pen: Pen, drawn: DrawnPointer, to: Affine, canvas: Size): void {
  const at = within(onCanvas(to, drawn.at), canvas)
  for (const [colour, radius] of [
    [HALO_COLOUR, POINTER + HALO],
    [drawn.colour, POINTER],
  ] as const) {
    pen.fillStyle = colour
    pen.beginPath()
    pen.arc(at.x, at.y, radius, 0, 2 * Math.PI)
    pen.fill()
  }
  write(pen, drawn.name, { x: at.x + POINTER + 5, y: at.y }, drawn.colour)
}

// ---- shapes as lines ------------------------------------------------------------------------------------------------

type Line = readonly Place[]

function linesOf(mark: Pick<Mark, 'shape' | 'points'>, points: readonly Place[], to: Affine): Line[] {
  const [first, second] = points
  if (!first || !second) return []
  switch (mark.shape) {
    case 'arrow':
      return [[first, second], head(first, second)]
    case 'length':
    case 'caliper':
      return [[first, second], tick(first, second), tick(second, first)]
    case 'box':
      return [corners(mark, to)]
    case 'ellipse':
      return [ellipse(mark, to)]
    case 'stroke':
    case 'angle':
      return [points]
    case 'text':
      return []
  }
}

function head(from: Place, to: Place): Line {
  const back = Math.atan2(from.y - to.y, from.x - to.x)
  const wing = (angle: number): Place => ({ x: to.x + HEAD * Math.cos(angle), y: to.y + HEAD * Math.sin(angle) })
  return [wing(back + HEAD_ANGLE), to, wing(back - HEAD_ANGLE)]
}

function tick(at: Place, other: Place): Line {
  const along = Math.atan2(other.y - at.y, other.x - at.x)
  const [dx, dy] = [-Math.sin(along) * TICK, Math.cos(along) * TICK]
  return [
    { x: at.x + dx, y: at.y + dy },
    { x: at.x - dx, y: at.y - dy },
  ]
}

/** Two opposite corners in the picture are four on the canvas, however it is turned. */
function corners({ points }: Pick<Mark, 'points'>, to: Affine): Line {
  const [p, q] = [points[0], points[1]]
  if (!p || !q) return []
  const around = [
    { x: p.x, y: p.y },
    { x: q.x, y: p.y },
    { x: q.x, y: q.y },
    { x: p.x, y: q.y },
    { x: p.x, y: p.y },
  ]
  return around.map(({ x, y }) => onCanvas(to, { x: x * FRACTION, y: y * FRACTION }))
}

function ellipse({ points }: Pick<Mark, 'points'>, to: Affine): Line {
  const [p, q] = [points[0], points[1]]
  if (!p || !q) return []
  const [cx, cy, rx, ry] = [(p.x + q.x) / 2, (p.y + q.y) / 2, Math.abs(q.x - p.x) / 2, Math.abs(q.y - p.y) / 2]
  return Array.from({ length: ELLIPSE_STEPS + 1 }, (_, n) => {
    const angle = (2 * Math.PI * n) / ELLIPSE_STEPS
    const at = { x: (cx + rx * Math.cos(angle)) * FRACTION, y: (cy + ry * Math.sin(angle)) * FRACTION }
    return onCanvas(to, at)
  })
}

/** Beside the end of what was drawn, where it does not cover what it is about. */
function wordsAt(shape: Mark['shape'], points: readonly Place[]): Place {
  const at = shape === 'angle' ? points[1] : shape === 'arrow' ? points[0] : points[points.length - 1]
  const offset = shape === 'text' ? 0 : 10
  return { x: (at?.x ?? 0) + offset, y: (at?.y ?? 0) + offset }
}

// ---- the pen --------------------------------------------------------------------------------------------------------

function strokeTwice(pen: Pen, lines: readonly Line[], colour: string): void {
  if (lines.length === 0) return
  pen.lineCap = 'round'
  pen.lineJoin = 'round'
  pen.beginPath()
  for (const line of lines) {
    line.forEach((at, n) => (n === 0 ? pen.moveTo(at.x, at.y) : pen.lineTo(at.x, at.y)))
  }
  pen.strokeStyle = HALO_COLOUR
  pen.lineWidth = LINE + 2 * HALO
  pen.stroke()
  pen.strokeStyle = colour
  pen.lineWidth = LINE
  pen.stroke()
}

function write(pen: Pen, words: string, at: Place, colour: string): void {
  pen.font = FONT
  pen.textBaseline = 'middle'
  pen.lineJoin = 'round'
  pen.strokeStyle = HALO_COLOUR
  pen.lineWidth = 2 * HALO
  pen.strokeText(words, at.x, at.y)
  pen.fillStyle = colour
  pen.fillText(words, at.x, at.y)
}

function within(at: Place, canvas: Size): Place {
  const between = (value: number, end: number): number => Math.max(0, Math.min(end, value))
  return { x: between(at.x, canvas.width), y: between(at.y, canvas.height) }
}
