// The consultation's log as a course: the state at any time, by the page's own fold. States along the way are kept, so that
// a jump folds no more than STRIDE events. Events may still be coming while it is asked. Pure.
import { EMPTY_STATE, fold } from '../session/fold'
import type { LogEvent, State } from '../session/wire.gen'

export const STRIDE = 200

export interface Happened {
  readonly event: LogEvent
  /** After it. */
  readonly state: State
}

interface Kept {
  readonly t: number
  readonly state: State
}

export class Course {
  private readonly events: LogEvent[] = []
  private whole = false
  /** By seq, rising. The first is before everything. */
  private readonly kept: Kept[] = [{ t: -1, state: EMPTY_STATE }]
  private near: Kept = { t: -1, state: EMPTY_STATE }

  /** More of the log, in its order. What is there already is passed over. */
  add(events: readonly LogEvent[]): void {
    for (const event of events) if (event.seq === this.events.length + 1) this.events.push(event)
  }

  /** A state that the server folded: a jump need not wait for all events before it. */
  keep(t: number, state: State): void {
    if (this.kept.some((one) => one.state.seq === state.seq)) return
    this.kept.push({ t, state })
    this.kept.sort((a, b) => a.state.seq - b.state.seq)
  }

  get all(): readonly LogEvent[] {
    return this.events
  }

  /** All events have come. */
  end(): void {
    this.whole = true
  }

  /** Whether all that happened until `t` is known. */
  reaches(t: number): boolean {
    return this.whole || (this.events[this.events.length - 1]?.t ?? -1) >= t
  }

  /** What was at `t`, as far as it is known. */
  stateAt(t: number): State {
    let { t: at, state } = this.before(t)
    for (let n = state.seq; n < this.events.length; n++) {
      const event = this.events[n]
      if (!event || event.t > t) break
      state = fold(state, event)
      at = event.t
      if (state.seq % STRIDE === 0) this.keep(at, state)
    }
    this.near = { t: at, state }
    return state
  }

  /** What happened after `from`, until `to`. */
  between(from: number, to: number): Happened[] {
    let state = this.stateAt(from)
    const found: Happened[] = []
    for (let n = state.seq; n < this.events.length; n++) {
      const event = this.events[n]
      if (!event || event.t > to) break
      state = fold(state, event)
      found.push({ event, state })
    }
    return found
  }

  /** The latest state not after `t` that is at hand. */
  private before(t: number): Kept {
    let best = this.near.t <= t ? this.near : null
    for (const one of this.kept) {
      if (one.t > t) break
      if (!best || one.state.seq > best.state.seq) best = one
    }
    return best ?? { t: -1, state: EMPTY_STATE }
  }
}
