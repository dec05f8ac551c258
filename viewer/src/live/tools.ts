// From a hand to a mark: what is being drawn, and when it is one. Pure; places are Fractions, keys and clocks come from
// outside. A mark belongs to the frame that was on the screen when the hand began.
import type { FrameKey, Mark, Point, Shape } from '../session/wire.gen'
import type { Size } from '../marks/affine'
import { FRACTION, pixels } from './place'

/** What the hand does on the picture. `point` leaves no mark. */
export type Tool = 'point' | 'arrow' | 'stroke' | 'box' | 'text' | 'caliper'
export const FIRST_TOOLS = ['point', 'arrow', 'stroke'] as const satisfies readonly Tool[]
export const MORE_TOOLS = ['box', 'text', 'caliper'] as const satisfies readonly Tool[]

export interface Draft {
  readonly shape: Shape
  readonly frame: FrameKey
  readonly points: readonly Point[]
}

const MOST_POINTS = 512 // Mark.points
const APART = 0.004 * FRACTION // closer points of a stroke are one
const LEAST_PX = 4 // of the picture: a shorter line is a slip of the hand

export function begin(tool: Exclude<Tool, 'point'>, frame: FrameKey, point: Point): Draft {
  return { shape: tool, frame, points: tool === 'text' ? [point] : [point, point] }
}

export function extend(draft: Draft, point: Point): Draft {
  const { shape, points } = draft
  if (shape === 'text') return { ...draft, points: [point] }
  if (shape !== 'stroke') return { ...draft, points: [points[0] ?? point, point] }
  const settled = points.slice(0, -1) // the last follows the hand until it is far enough
  const last = settled[settled.length - 1]
  const far = !last || Math.max(Math.abs(point.x - last.x), Math.abs(point.y - last.y)) >= APART
  return { ...draft, points: thinned(far ? [...settled, point, point] : [...settled, point]) }
}

/** Every second point of a line that is too long; its ends stay. */
function thinned(points: readonly Point[]): readonly Point[] {
  if (points.length <= MOST_POINTS) return points
  return points.filter((_, index) => index % 2 === 0 || index >= points.length - 2)
}

/** Null: nothing was drawn. `text`: the words of a text mark. */
export function finish(draft: Draft, picture: Size, rest: { key: string; fades: boolean; text: string }): Mark | null {
  const { shape, frame, points } = draft
  const words = rest.text.trim().slice(0, 200)
  if (shape === 'text' ? !words : lengthOf(points, picture) < LEAST_PX) return null
  return {
    key: rest.key,
    shape,
    points,
    picture: null,
    frame,
    text: shape === 'text' ? words : '',
    measure: shape === 'caliper' ? measured(points, picture) : null,
    fades: rest.fades,
  }
}

/** Live video has no calibration: its own pixels, and said so. */
function measured(points: readonly Point[], picture: Size): Mark['measure'] {
  return { value: Math.round(lengthOf(points, picture) * 1000), unit: 'px' }
}

function lengthOf(points: readonly Point[], picture: Size): number {
  return points.slice(1).reduce((sum, point, index) => sum + pixels(points[index] ?? point, point, picture), 0)
}

const STEP = 0.01
const BIG_STEP = 0.05
const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

/** Where a key takes the keyboard's cross; null: not a key that moves it. */
export function moved(from: Point, key: string, far: boolean): Point | null {
  const step = STEPS[key]
  if (!step) return null
  const by = (far ? BIG_STEP : STEP) * FRACTION
  return { x: inside(from.x + step[0] * by), y: inside(from.y + step[1] * by) }
}

function inside(value: number): number {
  return Math.min(FRACTION, Math.max(0, value))
}
