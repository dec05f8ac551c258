// The media of a replay: an element for each run that plays now or soon, all on one clock.
import { signal } from '@preact/signals'

import { Follower } from './follower'
import { FrameKeys } from './frames'
import type { Presented } from './frames'
import { needed, runAt } from './runs'
import type { Doors, Run } from './wire'

export class Media {
  /** The run of each track that plays; changes only when one begins or ends. */
  readonly playing = signal<ReadonlyMap<number, Run>>(new Map())
  readonly volume = signal(1)
  /** What the video on the stage shows; null = nothing, or it is on its way elsewhere. */
  readonly presented = signal<Presented | null>(null)
  readonly keys: FrameKeys
  private readonly followers = new Map<number, Follower>()
  private closed = false

  constructor(private readonly doors: Doors) {
    this.keys = new FrameKeys((run, us) => doors.frames(run, us))
  }

  /** The clock is at `t` (µs), and goes or stands. */
  step(t: number, rate: number, running: boolean): void {
    if (this.closed) return
    this.furnish(t)
    for (const one of this.followers.values()) one.step(t, rate, running)
  }

  /** Whether the clock has to wait for something. */
  lacks(t: number): boolean {
    return [...this.followers.values()].some((one) => one.lacks(t))
  }

  /** The element that plays a run: to be put where it shall be seen. */
  elementOf(run: Run): HTMLMediaElement | null {
    return this.followers.get(run.run)?.element ?? null
  }

  /** 0 to 1. */
  setVolume(volume: number): void {
    this.volume.value = volume
    for (const { element } of this.followers.values()) element.volume = volume
  }

  /** For who measures: how far everything that plays is ahead of `t`, ms. */
  skews(t: number): { run: number; kind: string; ms: number }[] {
    const heard = [...this.followers.values()].filter(({ element }) => !element.paused && !element.seeking)
    return heard.map((one) => ({ run: one.run.run, kind: one.run.kind, ms: one.skew(t) }))
  }

  /** Nothing of it is fetched, seen or heard any more. */
  close(): void {
    this.closed = true
    for (const one of this.followers.values()) one.close()
    this.followers.clear()
    this.playing.value = new Map()
  }

  /** Elements for what plays now or soon, and none for what is over. */
  private furnish(t: number): void {
    const runs = needed(this.doors.opened.tracks, t)
    for (const [number, follower] of this.followers) {
      if (runs.some(({ run }) => run === number)) continue
      follower.close()
      this.followers.delete(number)
    }
    for (const run of runs) {
      if (!this.followers.has(run.run)) this.followers.set(run.run, this.follower(run))
    }
    this.tell(runs, t)
  }

  private tell(runs: readonly Run[], t: number): void {
    const tracks = new Set(runs.map(({ track }) => track))
    const now = [...tracks].flatMap((track) => runAt(runs, track, t) ?? []).map((run) => [run.track, run] as const)
    const before = this.playing.peek()
    const same = now.length === before.size && now.every(([track, run]) => before.get(track) === run)
    if (!same) this.playing.value = new Map(now)
  }

  private follower(run: Run): Follower {
    const element = document.createElement(run.kind)
    if (element instanceof HTMLVideoElement) {
      element.playsInline = true
      element.muted = true // sound has files of its own
    }
    element.volume = this.volume.peek()
    element.src = this.doors.track(run.run)
    return new Follower(element, run, this.doors.opened.gaps)
  }
}
