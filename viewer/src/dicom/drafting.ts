// From a hand on a still picture to a mark: what is being drawn, and when it is one. Pure: places are fractions of the
// picture, keys come from outside.
import type { Place } from '../marks/affine'
import type { Mark, Picture, Shape } from '../session/wire.gen'
import { measured } from './measure'
import type { Instance } from './metadata'
import type { Shot } from './provider'

export interface Draft {
  readonly shape: Shape
  readonly shot: Shot
  readonly points: readonly Place[]
  /** An angle's first arm is drawn: its second follows the pointer. */
  readonly armed: boolean
}

const MOST_POINTS = 512 // Mark.points
const APART_PX = 1.5 // of the picture: closer points of a stroke are one
const LEAST_PX = 2 // a shorter line is a slip of the hand
const FRACTION = 1e-8
const FRACTION_MOST = 2_000_000_000
const TEXT_MOST = 200

export function begin(shape: Shape, shot: Shot, at: Place): Draft {
  return { shape, shot, points: shape === 'text' ? [at] : [at, at], armed: false }
}

export function extend(draft: Draft, at: Place): Draft {
  const { shape, points, shot } = draft
  if (shape === 'text') return { ...draft, points: [at] }
  if (shape !== 'stroke') return { ...draft, points: [...points.slice(0, -1), at] }
  const settled = points.slice(0, -1) // the last follows the hand until it is far enough
  const last = settled[settled.length - 1]
  const far = !last || pixels(last, at, shot.instance) >= APART_PX
  return { ...draft, points: thinned(far ? [...settled, at, at] : [...settled, at]) }
}

/** The hand let go. An angle is not done before its second arm is. */
export function release(draft: Draft): { draft: Draft | null; done: Draft | null } {
  if (draft.shape === 'angle' && !draft.armed) {
    if (extent(draft) < LEAST_PX) return { draft: null, done: null }
    const end = draft.points[draft.points.length - 1]
    return { draft: end ? { ...draft, armed: true, points: [...draft.points, end] } : null, done: null }
  }
  return { draft: null, done: draft }
}

/** Null: nothing was drawn. `text`: the words of a text mark. */
export function markOf(draft: Draft, rest: { key: string; fades: boolean; text: string }): Mark | null {
  const words = rest.text.trim().slice(0, TEXT_MOST)
  if (draft.shape === 'text' ? !words : extent(draft) < LEAST_PX) return null
  const { instance, frame } = draft.shot
  const picture: Picture = { study: instance.study, series: instance.series, instance: instance.instance, frame }
  return {
    key: rest.key,
    shape: draft.shape,
    points: wirePoints(draft.points),
    picture,
    frame: null,
    text: draft.shape === 'text' ? words : '',
    measure: measured(draft.shape, draft.points, instance),
    fades: rest.fades,
  }
}

export function wirePoints(points: readonly Place[]): { x: number; y: number }[] {
  const whole = (value: number): number =>
    Math.round(Math.max(-FRACTION_MOST, Math.min(FRACTION_MOST, value / FRACTION)))
  return points.map(({ x, y }) => ({ x: whole(x), y: whole(y) }))
}

function extent({ points, shot }: Draft): number {
  return points.slice(1).reduce((sum, point, n) => sum + pixels(points[n] ?? point, point, shot.instance), 0)
}

function pixels(a: Place, b: Place, { geometry }: Instance): number {
  return Math.hypot((a.x - b.x) * geometry.columns, (a.y - b.y) * geometry.rows)
}

/** Every second point of a line that is too long; its ends stay. */
function thinned(points: readonly Place[]): readonly Place[] {
  if (points.length <= MOST_POINTS) return points
  return points.filter((_, n) => n % 2 === 0 || n >= points.length - 2)
}
