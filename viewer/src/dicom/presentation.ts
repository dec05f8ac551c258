// Reading a presentation state (PS3.3 A.33) back as what a consultation knows: a frame, a View, marks. What is not there,
// or makes no sense, is left out. Pure.
import type { Area, Mark, Picture, Point, Shape, Voi } from '../session/wire.gen'
import { items, text } from '../session/dicom_json'
import type { Dataset } from '../session/dicom_json'
import type { Instance } from './metadata'
import { toArea, toVoi } from './view'

const FRACTION = 1e8
const MOST_MARKS = 40 // of one state: what may be drawn at once
const MOST_POINTS = 512
const MOST_TEXT = 200
const FUNCTIONS = { LINEAR: 'linear', LINEAR_EXACT: 'linear_exact', SIGMOID: 'sigmoid' } as const

/** The first frame that it speaks of. Null: it names none. */
export function pictureIn(state: Dataset): Picture | null {
  const series = items(state, '00081115')[0]
  const image = series && items(series, '00081140')[0]
  const [study, uid, instance] = [
    text(state, '0020000D'),
    series && text(series, '0020000E'),
    image && text(image, '00081155'),
  ]
  if (!study || !uid || !instance) return null
  return {
    study: study as Picture['study'],
    series: uid as Picture['series'],
    instance: instance as Picture['instance'],
    frame: Math.max(1, Math.trunc(numbersAt(image, '00081160')[0] ?? 1)),
  }
}

export interface Presented {
  readonly area?: Area
  readonly voi?: Voi
  readonly marks: readonly Mark[]
}

/** What it says of that frame; `one` is its instance, `picture` the frame. */
export function presentedOf(state: Dataset, picture: Picture, one: Instance): Presented {
  const [area, voi] = [areaIn(state, one), voiIn(state, one)]
  return { ...(area && { area }), ...(voi && { voi }), marks: marksIn(state, picture, one) }
}

/** The displayed area (C.10.4) and the spatial transformation (C.10.6): DICOM turns first and flips then, a View flips
 * first and turns then, so the turn goes the other way round behind a flip. */
function areaIn(state: Dataset, { geometry }: Instance): Area | undefined {
  const shown = items(state, '0070005A')[0]
  const [topLeft, bottomRight] = [numbersAt(shown, '00700052'), numbersAt(shown, '00700053')]
  if (topLeft.length !== 2 || bottomRight.length !== 2) return undefined
  const edges = ([0, 1] as const).map((axis) => {
    const [a, b] = [topLeft[axis] ?? 1, bottomRight[axis] ?? 1]
    return { first: Math.min(a, b) - 1, last: Math.max(a, b) }
  }) as [Edges, Edges]
  const [x, y] = edges
  const flipX = text(state, '00700041') === 'Y'
  const turn = (((numbersAt(state, '00700042')[0] ?? 0) % 360) + 360) % 360
  const [across, down] = [(x.last - x.first) * geometry.sx, (y.last - y.first) * geometry.sy]
  const lies = turn % 180 === 90
  const centre = { x: (x.first + x.last) / 2 / geometry.columns, y: (y.first + y.last) / 2 / geometry.rows }
  const sight = { centre, width: lies ? down : across, height: lies ? across : down, flipX, flipY: false }
  return toArea({ ...sight, rotation: flipX ? 360 - turn : turn }, geometry.unit)
}

interface Edges {
  readonly first: number
  readonly last: number
}

function voiIn(state: Dataset, { inverse }: Instance): Voi | undefined {
  const window = items(state, '00283110')[0]
  const [centre] = numbersAt(window, '00281050')
  const [width] = numbersAt(window, '00281051')
  if (!window || centre === undefined || width === undefined || width <= 0) return undefined
  const curve = FUNCTIONS[text(window, '00281056') as keyof typeof FUNCTIONS] ?? 'linear'
  const invert = (text(state, '20500020') === 'INVERSE') !== inverse
  return toVoi({ centre, width, curve, invert, map: 'grey' })
}

// ---- marks ----------------------------------------------------------------------------------------------------------

/** Graphics and texts in PIXEL coordinates (C.10.5). Outlines come back as strokes: what they once were, an arrow or a
 * caliper, a state does not say. The same state gives the same keys, so opening it twice draws nothing twice. */
function marksIn(state: Dataset, picture: Picture, one: Instance): Mark[] {
  const base = text(state, '00080018').replaceAll('.', '_').slice(-30)
  const found = items(state, '00700001').flatMap((annotation) => [
    ...items(annotation, '00700009').flatMap((graphic) => graphicOf(graphic, one)),
    ...items(annotation, '00700008').flatMap((words) => textOf(words, one)),
  ])
  return found.slice(0, MOST_MARKS).map((drawn, n) => ({ ...BARE, ...drawn, picture, key: `${base}-${n}` }))
}

type Drawn = Pick<Mark, 'shape' | 'points'> & { text?: string }
const BARE = { frame: null, text: '', measure: null, fades: false } as const

function graphicOf(graphic: Dataset, one: Instance): Drawn[] {
  const flat = numbersAt(graphic, '00700022')
  if (text(graphic, '00700005') !== 'PIXEL' || flat.length < 2 || flat.length > 2 * MOST_POINTS) return []
  const points = pairs(flat).map(([x, y]) => pointOf(x, y, one))
  switch (text(graphic, '00700023')) {
    case 'POLYLINE':
    case 'INTERPOLATED':
      return points.length > 1 ? [{ shape: 'stroke', points }] : []
    case 'ELLIPSE':
      return points.length === 4 ? [{ shape: 'ellipse', points: boxAround(points) }] : []
    default:
      return []
  }
}

function textOf(words: Dataset, one: Instance): Drawn[] {
  const anchor = numbersAt(words, '00700014')
  const said = text(words, '00700006').trim().slice(0, MOST_TEXT)
  const [x, y] = anchor
  if (!said || x === undefined || y === undefined || text(words, '00700004') !== 'PIXEL') return []
  return [{ shape: 'text' as Shape, points: [pointOf(x, y, one)], text: said }]
}

function pointOf(x: number, y: number, { geometry: { columns, rows } }: Instance): Point {
  return { x: Math.round((x / columns) * FRACTION), y: Math.round((y / rows) * FRACTION) }
}

function boxAround(points: readonly Point[]): Point[] {
  const [xs, ys] = [points.map((p) => p.x), points.map((p) => p.y)]
  return [
    { x: Math.min(...xs), y: Math.min(...ys) },
    { x: Math.max(...xs), y: Math.max(...ys) },
  ]
}

function pairs(flat: readonly number[]): [number, number][] {
  return flat.flatMap((x, n): [number, number][] => {
    const y = flat[n + 1]
    return n % 2 === 0 && y !== undefined ? [[x, y]] : []
  })
}

function numbersAt(dataset: Dataset | undefined, tag: string): number[] {
  const found = (dataset?.[tag]?.Value ?? []).map((one) => (typeof one === 'string' ? parseFloat(one) : one))
  return found.every((one): one is number => typeof one === 'number' && Number.isFinite(one)) ? found : []
}
