// Looking together, as this page sees it: the state at rest (the log's fold), over it what the leader moves right now or
// my own hand does, or instead of it what I look at on my own. Sans-IO: events and fast-lane messages in, what to draw
// and what to send out; time is an argument (ms of the page's clock; `t`: µs of the session's). docs/looking.md has the
// rules. What comes from others is only ever drawn: nothing but `change` sends, so nothing is echoed.
import { decodeFast, encodeFast } from './fast'
import { changed, EMPTY_LOOKING, EMPTY_VIEWPORT } from './looking_fold'
import type { ViewChange } from './looking_fold'
import { afterFast, afterRest, afterTime, expiry, isMoving, NOTHING_MOVES, overlaid } from './moving'
import type { Moving } from './moving'
import { soonest } from './pace'
import { afterPointer, afterSilence, MyPointer, NOBODY_POINTS, seen, silence } from './pointing'
import type { Pointers, Pointing } from './pointing'
import { Counter, Sending } from './sending'
import type { FastOut, RestOut } from './sending'
import type { LogEvent, Looking, ParticipantId, State, StudyId, ViewportState } from './wire.gen'

/** Whose last word a viewport shows: the log's, the leader's while dragging, or this page's own. */
export type Origin = 'rest' | 'moving' | 'mine'

/** One viewport, as it is to be drawn. Null in it: the picture's own default. */
export interface Shown extends ViewportState {
  readonly origin: Origin
}

/** All that is to be drawn. `leading`: my hand moves everybody's picture. `following` false: I look on my own. */
export interface Sight {
  readonly rows: number
  readonly columns: number
  readonly viewports: readonly Shown[]
  readonly leading: boolean
  readonly following: boolean
}

export const NO_SIGHT: Sight = { rows: 1, columns: 1, viewports: [], leading: false, following: true }

/** What is to be sent. `bytes`: for the `fast` channel. */
export type Out =
  | { readonly kind: 'fast'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'view'; readonly epoch: number; readonly view: RestOut }

/** What I look at on my own. */
interface Own {
  readonly rows: number
  readonly columns: number
  readonly viewports: readonly ViewportState[]
}

/** A change of some groups of a View; what is left out stays. */
export type Change = Partial<ViewChange>

export class LookingTogether {
  private looking: Looking = EMPTY_LOOKING
  private here: readonly ParticipantId[] = []
  private me = 0
  private moving: Moving = NOTHING_MOVES
  private pointers: Pointers = NOBODY_POINTS
  private own: Own | null = null
  private readonly sending: Sending
  private readonly pointer: MyPointer

  /** `zero`: Unix ms at the server when the page's clock was 0. */
  constructor(zero: () => number) {
    const counter = new Counter(zero)
    this.sending = new Sending(counter)
    this.pointer = new MyPointer(counter)
  }

  // ---- what comes ---------------------------------------------------------------------------------------------------

  /** The log's state is this now. `fresh`: the events that made it so; none = a snapshot, which stands for all that came
   * before it. */
  follow(state: State, me: number, fresh: readonly LogEvent[]): void {
    const before = this.looking
    const { lead } = state.looking
    const same = before.lead.epoch === lead.epoch && before.lead.holder === lead.holder && this.me === me
    if (!same) this.anew(lead.holder === me)
    this.me = me
    this.looking = state.looking
    this.here = state.participants.map((seat) => seat.participant)
    if (fresh.length === 0) this.moving = NOTHING_MOVES
    for (const event of fresh) this.heard(event, before)
  }

  /** A message of the fast lane, as it came. Whatever does not count changes nothing. */
  fast(bytes: Uint8Array, nowMs: number): void {
    const message = decodeFast(bytes)
    if (!message || message.header.sender === this.me) return
    const { header, body } = message
    if (body.kind === 'pointer') this.pointers = afterPointer(this.pointers, header, body, nowMs)
    else this.moving = afterFast(this.moving, this.looking.lead, header, body, nowMs)
  }

  /** Time was turned back or forward (a replay): nothing fast of before counts. */
  forgetFast(): void {
    this.moving = NOTHING_MOVES
    this.pointers = NOBODY_POINTS
  }

  // ---- my hand ------------------------------------------------------------------------------------------------------

  /** My hand changes a viewport: for all where I lead, for me alone where I look on my own. False: I follow, and there
   * is nothing for my hand to change. */
  change(viewport: number, change: Change, t: number, nowMs: number): boolean {
    const { image = null, area = null, voi = null, cine = null } = change
    const whole = { image, area, voi, cine }
    if (this.leading) {
      const rest = this.looking.viewports[viewport]
      if (!rest) return false
      this.sending.change(viewport, whole, rest, t, nowMs)
      return true
    }
    if (!this.own?.viewports[viewport]) return false
    const viewports = this.own.viewports.map((one, n) => (n === viewport ? changed(one, whole, t) : one))
    this.own = { ...this.own, viewports }
    return true
  }

  /** My own layout, while I look on my own; the leader's is asked of the server (`change_layout`). */
  changeOwnLayout(rows: number, columns: number): void {
    if (!this.own) return
    const old = this.own.viewports
    this.own = { rows, columns, viewports: Array.from({ length: rows * columns }, (_, n) => old[n] ?? EMPTY_VIEWPORT) }
  }

  /** From here on what I see is mine, beginning with what there is. Who leads does not look on its own. */
  lookOnMyOwn(): void {
    if (this.leading || this.own) return
    const { rows, columns } = this.looking
    this.own = { rows, columns, viewports: this.looking.viewports.map((rest, n) => overlaid(rest, this.moving.get(n))) }
  }

  /** With the leader again. */
  rejoin(): void {
    this.own = null
  }

  /** Null: I do not point at anything. */
  point(at: Pointing | null): void {
    this.pointer.point(at)
  }

  /** A View at rest was not taken. `again`: for now only. */
  refused(view: RestOut, again: boolean, nowMs: number): void {
    this.sending.refused(view.viewport, view.counter, again, nowMs)
  }

  // ---- what to draw and what to send --------------------------------------------------------------------------------

  get leading(): boolean {
    return this.me !== 0 && this.looking.lead.holder === this.me
  }

  sight(): Sight {
    const { rows, columns } = this.own ?? this.looking
    const viewports = this.own?.viewports.map((one): Shown => ({ ...one, origin: 'mine' }))
    return {
      rows,
      columns,
      viewports: viewports ?? this.looking.viewports.map((rest, n) => this.shown(rest, n)),
      leading: this.leading,
      following: this.own === null,
    }
  }

  /** The others' pointers. */
  pointing(): ReadonlyMap<ParticipantId, Pointing> {
    return seen(this.pointers)
  }

  /** What is due by now; to be called no later than `deadline`, and after every change. */
  poll(nowMs: number): Out[] {
    this.moving = afterTime(this.moving, nowMs)
    this.pointers = afterSilence(this.pointers, this.here, nowMs)
    const { epoch } = this.looking.lead
    const views = this.leading ? this.sending.pollRest(nowMs) : []
    const fast = this.leading ? this.sending.pollFast(nowMs) : []
    return [
      ...fast.map((out) => packed(out, epoch)),
      ...this.pointer.poll(nowMs).map((out) => packed(out, 0)),
      ...views.map((view): Out => ({ kind: 'view', epoch, view })),
    ]
  }

  deadline(): number | null {
    const sends = this.leading ? this.sending.deadline() : null
    return soonest(sends, this.pointer.deadline(), expiry(this.moving), silence(this.pointers))
  }

  private shown(rest: ViewportState, n: number): Shown {
    if (this.leading) return { ...this.sending.ahead(n, rest), origin: this.sending.holds(n) ? 'mine' : 'rest' }
    const lane = this.moving.get(n)
    return { ...overlaid(rest, lane), origin: isMoving(lane) ? 'moving' : 'rest' }
  }

  /** Somebody else leads, or under another epoch: what was on its way no longer counts. */
  private anew(leading: boolean): void {
    this.moving = NOTHING_MOVES
    this.sending.clear()
    if (leading) this.own = null
  }

  private heard({ body, by }: LogEvent, before: Looking): void {
    switch (body.type) {
      case 'view_changed':
        if (by === this.me) return this.sending.logged(body.viewport, body.counter)
        this.moving = afterRest(this.moving, body)
        return this.sending.drop(body.viewport) // the server's own: a still is opened for all
      case 'study_withdrawn':
        return this.takenOut(body.study, before)
    }
  }

  private takenOut(study: StudyId, before: Looking): void {
    const shows = (one: ViewportState): boolean => one.image?.study === study
    before.viewports.forEach((one, n) => shows(one) && this.sending.drop(n))
    if (!this.own) return
    this.own = { ...this.own, viewports: this.own.viewports.map((one) => (shows(one) ? EMPTY_VIEWPORT : one)) }
  }
}

function packed({ lane, counter, body }: FastOut, epoch: number): Out {
  return { kind: 'fast', bytes: encodeFast(body, { lane, epoch, counter, sender: 0 }) }
}
