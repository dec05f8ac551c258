// Everybody's pointer: one each, on a live picture or on a viewport's shared picture. Sans-IO: time is an argument (ms).
// A pointer that is held still says so once a second, so that one whose last word was lost goes by itself.
import { newer } from './fast'
import type { FastHeader, FastPointer } from './fast'
import { Pace, soonest } from './pace'
import { FAST_EVERY_MS } from './sending'
import type { Counter, FastOut } from './sending'
import type { ParticipantId, TrackId } from './wire.gen'

export const STILL_THERE_MS = 1_000
export const GONE_MS = 3_500 // three of those and a late one
const WHOLE = 65_535
const KEY = 'mine'

/** Where somebody points: fractions of the picture's width and height, 0 to 1. `track` 0 = on the shared picture of
 * `viewport`. */
export interface Pointing {
  readonly track: TrackId
  readonly viewport: number
  readonly x: number
  readonly y: number
}

interface Known {
  readonly at: Pointing | null
  readonly counter: number
  readonly heardMs: number
}

/** The others', by participant. */
export type Pointers = ReadonlyMap<ParticipantId, Known>
export const NOBODY_POINTS: Pointers = new Map()

/** After a message; the same map if it is an old one. `sender` 0 is nobody. */
export function afterPointer(pointers: Pointers, header: FastHeader, body: FastPointer, nowMs: number): Pointers {
  const sender = header.sender as ParticipantId
  const known = pointers.get(sender)
  if (sender === 0 || (known && !newer(header.counter, known.counter))) return pointers
  const place = { track: body.track as TrackId, viewport: header.lane, x: body.x / WHOLE, y: body.y / WHOLE }
  const at = body.shown ? place : null
  return new Map(pointers).set(sender, { at, counter: header.counter, heardMs: nowMs })
}

/** Without those not heard of for a while, and those of who is not here (any more). */
export function afterSilence(pointers: Pointers, here: readonly ParticipantId[], nowMs: number): Pointers {
  const gone = [...pointers].filter(
    ([who, { at, heardMs }]) => at && (nowMs >= heardMs + GONE_MS || !here.includes(who)),
  )
  if (gone.length === 0) return pointers
  return new Map([...pointers, ...gone.map(([who, known]) => [who, { ...known, at: null }] as const)])
}

/** When `afterSilence` changes something next; null = never. */
export function silence(pointers: Pointers): number | null {
  return soonest(...[...pointers.values()].map(({ at, heardMs }) => (at ? heardMs + GONE_MS : null)))
}

/** Those to be drawn. */
export function seen(pointers: Pointers): ReadonlyMap<ParticipantId, Pointing> {
  return new Map([...pointers].flatMap(([who, { at }]) => (at ? [[who, at] as const] : [])))
}

/** My own, on its way to the others. */
export class MyPointer {
  private readonly pace = new Pace<string, FastOut['body'] & { lane: number }>(FAST_EVERY_MS)
  private mine: (FastPointer & { lane: number }) | null = null
  private saidMs = 0

  constructor(private readonly counter: Counter) {}

  /** Null: it is not shown any more. */
  point(at: Pointing | null): void {
    if (at)
      this.mine = { kind: 'pointer', lane: at.viewport, track: at.track, x: fixed(at.x), y: fixed(at.y), shown: true }
    else if (this.mine) this.mine = { ...this.mine, shown: false }
    else return
    this.pace.put(KEY, this.mine)
    if (!at) this.mine = null
  }

  poll(nowMs: number): FastOut[] {
    if (this.mine && nowMs >= this.saidMs + STILL_THERE_MS) this.pace.put(KEY, this.mine)
    return this.pace.poll(nowMs).map(([, { lane, ...body }]) => {
      this.saidMs = nowMs
      return { lane, counter: this.counter.next(nowMs), body }
    })
  }

  deadline(): number | null {
    return soonest(this.pace.deadline(), this.mine ? this.saidMs + STILL_THERE_MS : null)
  }
}

function fixed(share: number): number {
  return Math.round(Math.max(0, Math.min(1, share)) * WHOLE)
}
