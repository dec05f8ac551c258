// What the leader moves right now: the newest fast-lane messages, over the state at rest, by viewport. Pure.
//
// Which one counts: a message only under the present lead's own epoch and from its holder; the newest of its group; and
// none that a View at rest already stands for (`view_changed.counter`), in whichever order the two channels bring them.
// What nobody follows up with a View at rest goes by itself: nothing fast outlives it.
import { newer } from './fast'
import type { FastArea, FastBody, FastHeader, FastImage, FastVoi } from './fast'
import type { Area, Lead, Picture, ViewChanged, ViewportState, Voi } from './wire.gen'

/** A drag's View at rest comes 150 ms after it; over a line that loses much, some seconds later. */
export const STALE_MS = 4_000
const VIEWPORTS = 4

interface Moved<T> {
  readonly body: T
  readonly counter: number
  readonly atMs: number
}

/** One viewport's. `floor`: nothing up to this counter counts any more; null = nothing was said of it. */
export interface Lane {
  readonly floor: number | null
  readonly image?: Moved<FastImage>
  readonly area?: Moved<FastArea>
  readonly voi?: Moved<FastVoi>
}
export type Moving = ReadonlyMap<number, Lane>

export const NOTHING_MOVES: Moving = new Map()
const GROUPS = ['image', 'area', 'voi'] as const

/** After a fast-lane message; the same map if it does not count. */
export function afterFast(moving: Moving, lead: Lead, header: FastHeader, body: FastBody, nowMs: number): Moving {
  if (body.kind === 'pointer' || header.lane >= VIEWPORTS || !isLeaders(header, lead)) return moving
  const lane = moving.get(header.lane) ?? { floor: null }
  const lasts = [lane.floor, lane[body.kind]?.counter ?? null]
  if (lasts.some((last) => last !== null && !newer(header.counter, last))) return moving
  const moved = { body, counter: header.counter, atMs: nowMs }
  return new Map(moving).set(header.lane, { ...lane, [body.kind]: moved })
}

function isLeaders({ sender, epoch }: FastHeader, lead: Lead): boolean {
  return lead.holder !== 0 && sender === lead.holder && epoch === lead.epoch
}

/** After a View at rest. One without a counter (the server's own, a program's) stands for all that has come so far. */
export function afterRest(moving: Moving, { viewport, counter }: ViewChanged): Moving {
  const lane = moving.get(viewport) ?? { floor: null }
  const said = counter || newest(lane)
  if (said === null || (lane.floor !== null && !newer(said, lane.floor))) return moving
  return new Map(moving).set(
    viewport,
    kept({ ...lane, floor: said }, ({ counter: one }) => newer(one, said)),
  )
}

/** Without what nobody followed up. */
export function afterTime(moving: Moving, nowMs: number): Moving {
  const due = expiry(moving)
  if (due === null || nowMs < due) return moving
  return new Map([...moving].map(([n, lane]) => [n, kept(lane, ({ atMs }) => nowMs < atMs + STALE_MS)]))
}

/** When `afterTime` changes something next; null = never. */
export function expiry(moving: Moving): number | null {
  const ages = [...moving.values()].flatMap((lane) => GROUPS.map((group) => lane[group]?.atMs ?? Infinity))
  const oldest = Math.min(...ages)
  return Number.isFinite(oldest) ? oldest + STALE_MS : null
}

/** Whether the leader is dragging something in this viewport. */
export function isMoving(lane: Lane | undefined): boolean {
  return lane !== undefined && GROUPS.some((group) => lane[group] !== undefined)
}

/** The viewport as it is seen now. Frames under the leader's hand are not played. */
export function overlaid(rest: ViewportState, lane: Lane | undefined): ViewportState {
  if (!lane || !rest.image || !isMoving(lane)) return rest
  return {
    ...rest,
    image: lane.image ? imageOf(rest.image, lane.image.body) : rest.image,
    area: lane.area ? areaOf(lane.area.body) : rest.area,
    voi: lane.voi ? voiOf(rest.voi, lane.voi.body) : rest.voi,
    cine: lane.image && rest.cine ? { ...rest.cine, playing: false, frame: lane.image.body.frame } : rest.cine,
  }
}

/** Only what passes. */
function kept(lane: Lane, passes: (moved: Moved<unknown>) => boolean): Lane {
  const { image, area, voi } = lane
  return {
    floor: lane.floor,
    ...(image && passes(image) && { image }),
    ...(area && passes(area) && { area }),
    ...(voi && passes(voi) && { voi }),
  }
}

function newest(lane: Lane): number | null {
  const counters = GROUPS.flatMap((group) => lane[group]?.counter ?? [])
  return counters.reduce((last, one) => (last === null || newer(one, last) ? one : last), lane.floor)
}

// ---- between the lane's bodies and the wire's -----------------------------------------------------------------------

export function toFastArea(area: Area): FastArea {
  const { unit, ...rest } = area
  return { kind: 'area', ...rest, unit: unit === 'mm' ? 0 : 1 }
}

function areaOf(body: FastArea): Area {
  const { centre_x, centre_y, rotation, flip_horizontal, flip_vertical } = body
  const [width, height] = [Math.max(1, body.width), Math.max(1, body.height)]
  const unit = body.unit === 0 ? 'mm' : 'px'
  return { centre_x, centre_y, width, height, unit, rotation: rotation % 36_000, flip_horizontal, flip_vertical }
}

export function toFastVoi({ centre, width, invert }: Voi): FastVoi {
  return { kind: 'voi', centre, width, invert }
}

/** Function and colour map are those at rest: whoever changes them says so with a View at rest first. */
function voiOf(rest: Voi | null, body: FastVoi): Voi {
  const { centre, invert } = body
  const width = Math.max(1, body.width)
  return { function: rest?.function ?? 'linear', colour_map: rest?.colour_map ?? 'grey', centre, width, invert }
}

export function toFastImage({ instance, frame }: Picture): FastImage {
  return { kind: 'image', instance, frame }
}

function imageOf(rest: Picture, body: FastImage): Picture {
  return { ...rest, instance: body.instance as Picture['instance'], frame: Math.max(1, body.frame) }
}

/** Whether the fast lane can say it: what it leaves out must be at rest already. */
export function fitsFastLane(rest: ViewportState, image: Picture | null, voi: Voi | null): boolean {
  if (image !== null && rest.image?.series !== image.series) return false
  const [curve, map] = [rest.voi?.function, rest.voi?.colour_map]
  return voi === null || (voi.function === curve && voi.colour_map === map)
}
