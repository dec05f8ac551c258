// What the leader's hand does, on its way to the others: at once on this page, at most thirty times a second on the fast
// lane, and as a View at rest once the hand is still. Sans-IO: time is an argument (ms), what is to be sent is polled.
import { newer } from './fast'
import type { FastBody } from './fast'
import { changed } from './looking_fold'
import type { ViewChange } from './looking_fold'
import { fitsFastLane, toFastArea, toFastImage, toFastVoi } from './moving'
import { Pace, soonest } from './pace'
import type { ViewportState } from './wire.gen'

export const FAST_EVERY_MS = 1000 / 30
export const FAST_SLACK_MS = FAST_EVERY_MS / 2 // hands are heard with the frames of the screen: unevenly
export const AT_REST_MS = 150
export const AGAIN_MS = 1_000 // after "too many", or a connection that went
const NONE: ViewChange = { image: null, area: null, voi: null, cine: null }

/** A message of the fast lane, ready but for the epoch. */
export interface FastOut {
  readonly lane: number
  readonly counter: number
  readonly body: FastBody
}
/** A View at rest, to be asked of the server; its `counter` comes back with the event. */
export interface RestOut extends ViewChange {
  readonly viewport: number
  readonly counter: number
}

/** One viewport's. `change`: all that this page shows ahead of the log; `t` (session µs): when its cine began. */
interface Hand {
  readonly change: ViewChange
  readonly t: number
  /** When it becomes a View at rest; null = it is on its way as one. */
  readonly dueMs: number | null
  /** Of the View at rest that is on its way. */
  readonly asked: number | null
}

/** Counts in ms of the server's clock, so that a page that comes back goes on above its last message. */
export class Counter {
  private last: number | null = null

  /** `zero`: Unix ms at the server when the page's clock was 0. */
  constructor(private readonly zero: () => number) {}

  next(nowMs: number): number {
    const clock = Math.floor(this.zero() + nowMs) >>> 0
    const after = this.last === null || newer(clock, this.last) ? clock : (this.last + 1) >>> 0
    this.last = after || 1 // 0 says "none" on the wire
    return this.last
  }
}

export class Sending {
  private readonly hands = new Map<number, Hand>()
  private readonly fast = new Pace<string, { viewport: number; body: FastBody }>(FAST_EVERY_MS, FAST_SLACK_MS)

  constructor(private readonly counter: Counter) {}

  /** The hand changed a viewport, which is `rest` in the log, at `t` (session µs). What the fast lane cannot say (another
   * series, another curve, a cine) is a View at rest at once, and until the log has it nothing goes before it. */
  change(viewport: number, change: ViewChange, rest: ViewportState, t: number, nowMs: number): void {
    const before = this.hands.get(viewport) ?? { change: NONE, t, dueMs: null, asked: null }
    const urgent = change.cine !== null || !fitsFastLane(this.ahead(viewport, rest), change.image, change.voi)
    const whole = merged(before.change, change, rest)
    const dueMs = urgent ? nowMs : nowMs + AT_REST_MS
    this.hands.set(viewport, { change: whole, t: change.cine ? t : before.t, dueMs, asked: before.asked })
    if (urgent || !fitsFastLane(rest, whole.image, whole.voi)) return
    for (const body of bodies(change)) this.fast.put(`${viewport} ${body.kind}`, { viewport, body })
  }

  /** What this page shows of a viewport ahead of the log. */
  ahead(viewport: number, rest: ViewportState): ViewportState {
    const hand = this.hands.get(viewport)
    return hand ? changed(rest, hand.change, hand.t) : rest
  }

  holds(viewport: number): boolean {
    return this.hands.has(viewport)
  }

  pollFast(nowMs: number): FastOut[] {
    return this.fast.poll(nowMs).map(([, { viewport, body }]) => {
      return { lane: viewport, counter: this.counter.next(nowMs), body }
    })
  }

  /** At most one is on its way for each viewport: they are answered in order anyway, and the newest is what counts. */
  pollRest(nowMs: number): RestOut[] {
    const due = [...this.hands].filter(([, hand]) => hand.asked === null && hand.dueMs !== null && nowMs >= hand.dueMs)
    return due.map(([viewport, hand]) => {
      const counter = this.counter.next(nowMs)
      this.hands.set(viewport, { ...hand, dueMs: null, asked: counter })
      for (const { kind } of bodies(hand.change)) this.fast.drop(`${viewport} ${kind}`)
      return { viewport, counter, ...hand.change }
    })
  }

  deadline(): number | null {
    const rests = [...this.hands.values()].filter(({ asked }) => asked === null).map(({ dueMs }) => dueMs)
    return soonest(this.fast.deadline(), ...rests)
  }

  /** The log has it. What the hand has done since then goes on. */
  logged(viewport: number, counter: number): void {
    const hand = this.hands.get(viewport)
    if (!hand || hand.asked !== counter) return
    if (hand.dueMs === null) this.hands.delete(viewport)
    else this.hands.set(viewport, { ...hand, asked: null })
  }

  /** It was not taken: once more later (`again`), or what the log says is true again. */
  refused(viewport: number, counter: number, again: boolean, nowMs: number): void {
    const hand = this.hands.get(viewport)
    if (!hand || hand.asked !== counter) return
    if (again || hand.dueMs !== null) this.hands.set(viewport, { ...hand, asked: null, dueMs: nowMs + AGAIN_MS })
    else this.hands.delete(viewport)
  }

  /** What this viewport showed is gone: nothing more is said of it. */
  drop(viewport: number): void {
    const hand = this.hands.get(viewport)
    for (const { kind } of hand ? bodies(hand.change) : []) this.fast.drop(`${viewport} ${kind}`)
    this.hands.delete(viewport)
  }

  /** Somebody else leads: nothing of it is sent any more. */
  clear(): void {
    this.hands.clear()
    this.fast.clear()
  }
}

/** Both, one after the other; another series leaves nothing of what was before. */
function merged(one: ViewChange, next: ViewChange, rest: ViewportState): ViewChange {
  const series = (one.image ?? rest.image)?.series
  const { image, area, voi, cine } = next.image && next.image.series !== series ? NONE : one
  return { image: next.image ?? image, area: next.area ?? area, voi: next.voi ?? voi, cine: next.cine ?? cine }
}

function bodies({ image, area, voi }: ViewChange): FastBody[] {
  return [...(image ? [toFastImage(image)] : []), ...(area ? [toFastArea(area)] : []), ...(voi ? [toFastVoi(voi)] : [])]
}
