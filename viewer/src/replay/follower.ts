// A media element that follows the replay's clock: it plays its run where that plays, and is silent everywhere else.
import { gapAt, isEmpty, plays } from './runs'
import { steer } from './steer'
import type { Gap, Run } from './wire'

const END_S = 0.3 // so near its end a file has nothing to wait for

export class Follower {
  private readonly gaps: readonly Gap[]

  constructor(
    readonly element: HTMLMediaElement,
    readonly run: Run,
    gaps: readonly Gap[],
  ) {
    this.gaps = gaps.filter(isEmpty)
    element.preload = 'auto'
  }

  /** The clock is at `t` (µs), and goes or stands. */
  step(t: number, rate: number, running: boolean): void {
    const { element } = this
    if (element.readyState < HTMLMediaElement.HAVE_METADATA) return
    const here = this.plays(t)
    const aim = { at: this.target(t), rate, running: running && here }
    const { currentTime: at, playbackRate, paused, seeking } = element
    const move = steer(aim, { at, rate: playbackRate, paused, seeking })
    if (move.paused === true) element.pause()
    if (move.rate !== undefined) element.playbackRate = move.rate
    if (move.seek !== undefined) element.currentTime = move.seek
    if (move.paused === false) void element.play().catch(() => undefined) // the next step tries again
  }

  /** Whether something of it belongs to `t`. */
  plays(t: number): boolean {
    return plays(this.run, t) && !gapAt(this.gaps, t)
  }

  /** Whether the clock has to wait for it at `t`. */
  lacks(t: number): boolean {
    const { element } = this
    if (!this.plays(t) || element.error) return false
    if (element.readyState >= HTMLMediaElement.HAVE_METADATA && this.target(t) >= element.duration - END_S) return false
    return element.seeking || element.readyState < HTMLMediaElement.HAVE_FUTURE_DATA
  }

  /** Nothing more of it is fetched, seen or heard. */
  close(): void {
    this.element.pause()
    this.element.removeAttribute('src')
    this.element.load()
    this.element.remove()
  }

  /** How far it is ahead of the clock, ms. */
  skew(t: number): number {
    return (this.element.currentTime - this.target(t)) * 1000
  }

  /** Seconds of its file; where nothing plays, where it will begin to. */
  private target(t: number): number {
    const gap = gapAt(this.gaps, t)
    const at = Math.max(0, ((gap?.t_to ?? t) - this.run.t0) / 1e6)
    const { duration } = this.element
    return Number.isFinite(duration) ? Math.min(at, duration) : at
  }
}
