// The one clock of a replay, µs of the session. Everything else follows it. Sans-IO: what time it is outside (`now`, ms of
// any clock that only goes forward) is an argument.
export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2] as const
export type Rate = (typeof RATES)[number]

export class Player {
  /** Where the clock stood at `sinceMs`. */
  private base = 0
  private sinceMs = 0
  private wanted = false
  private held = false
  private speed: Rate = 1

  /** `length`: µs; the clock never leaves 0 to `length`. */
  constructor(readonly length: number) {}

  /** Whether it shall play. It may still be held. */
  get playing(): boolean {
    return this.wanted
  }

  /** Whether time goes on. */
  get running(): boolean {
    return this.wanted && !this.held
  }

  get rate(): Rate {
    return this.speed
  }

  at(now: number): number {
    if (!this.running) return this.base
    return this.within(this.base + (now - this.sinceMs) * 1000 * this.speed)
  }

  /** At the end it begins anew. */
  play(now: number): void {
    if (this.at(now) >= this.length) this.base = 0
    else this.settle(now)
    this.sinceMs = now
    this.wanted = true
  }

  pause(now: number): void {
    this.settle(now)
    this.wanted = false
  }

  setRate(rate: Rate, now: number): void {
    this.settle(now)
    this.speed = rate
  }

  jump(t: number, now: number): void {
    this.base = this.within(t)
    this.sinceMs = now
  }

  /** Pictures or sound are not there yet: the clock waits for them. */
  hold(held: boolean, now: number): void {
    if (held === this.held) return
    this.settle(now)
    this.held = held
  }

  /** At the end it stops. True: it just did. */
  poll(now: number): boolean {
    if (!this.running || this.at(now) < this.length) return false
    this.pause(now)
    return true
  }

  private settle(now: number): void {
    this.base = this.at(now)
    this.sinceMs = now
  }

  private within(t: number): number {
    return Math.round(Math.max(0, Math.min(this.length, t)))
  }
}

/** The next faster or slower one; at the end of the list the same. */
export function beside(rate: Rate, steps: number): Rate {
  const at = RATES.indexOf(rate) + steps
  return RATES[Math.max(0, Math.min(RATES.length - 1, at))] ?? rate
}
