// Which frame a recorded video shows: track and RTP timestamp, as every live page named it. What the server says of the
// frames around it is kept; each page of them is asked for once.
import { signal } from '@preact/signals'

import type { FrameKey, TrackId } from '../session/wire.gen'
import { codeOf } from './wire'
import type { KeyedFrames, Run } from './wire'

/** What an element says that it shows: µs of this run's file. It may stand far behind the frame that is seen. */
export interface Presented {
  readonly run: Run
  readonly us: number
}

/** So far from the clock a frame may be and still be the one that is seen then: pictures that follow it, a slow camera. */
const AHEAD_US = 100_000
const BEHIND_US = 1_000_000

export class FrameKeys {
  /** Changes when a page has come. */
  readonly came = signal(0)
  private readonly pages = new Map<number, KeyedFrames[]>()
  private readonly coming = new Map<number, Promise<void>>()
  /** Runs of which nobody knows it: sealed before there were lists. */
  private readonly unlisted = new Set<number>()

  constructor(private readonly ask: (run: number, us: number) => Promise<KeyedFrames>) {}

  /** What is seen at session time `t`; null where no frame belongs to it, or none is known yet: then it is asked for. */
  at(presented: Presented, t: number): FrameKey | null {
    const page = this.kept(presented)
    if (page) return keyOf(page, presented, t)
    this.fetched(presented).catch(() => undefined) // it is asked for again by whoever asks next
    return null
  }

  /** The same, waited for. Raises HttpFailed. */
  async of(presented: Presented, t: number): Promise<FrameKey | null> {
    for (let again = 2; again > 0 && !this.kept(presented); again--) await this.fetched(presented)
    const page = this.kept(presented)
    return page ? keyOf(page, presented, t) : null
  }

  private kept({ run, us }: Presented): KeyedFrames | undefined {
    return this.pages.get(run.run)?.find(({ frames, until }) => {
      const begins = frames[0]?.[0]
      return begins !== undefined && shownAt(run, begins) <= us && (until === null || us < shownAt(run, until))
    })
  }

  /** One page at a time of each run. */
  private fetched({ run, us }: Presented): Promise<void> {
    if (this.unlisted.has(run.run)) return Promise.resolve()
    const asked =
      this.coming.get(run.run) ?? this.fetch(run.run, lastShownBy(run, us)).finally(() => this.coming.delete(run.run))
    this.coming.set(run.run, asked)
    return asked
  }

  private async fetch(run: number, us: number): Promise<void> {
    try {
      const page = await this.ask(run, us)
      if (page.frames.length === 0) this.unlisted.add(run) // whoever hears that it came asks again
      this.pages.set(run, [...(this.pages.get(run) ?? []), page])
      this.came.value++
    } catch (error) {
      if (codeOf(error) !== 'not_found') throw error
      this.unlisted.add(run)
    }
  }
}

function keyOf({ frames }: KeyedFrames, { run, us }: Presented, t: number): FrameKey | null {
  const seen = frames.findLast(([begins]) => shownAt(run, begins) <= us)
  if (!seen) return null
  const [begins, rtp] = seen
  const late = t - (run.t0 + begins)
  return -AHEAD_US <= late && late <= BEHIND_US ? { track: run.track as TrackId, rtp } : null
}

const MS = 1_000
const TICK = 12 // µs, rounded up

/** When a player shows the frame that was put at `us`: WebM rounds to milliseconds, MP4 to 1/90 of one. */
function shownAt({ file }: Run, us: number): number {
  return isWebm(file) ? Math.round(us / MS) * MS : us - TICK
}

/** Frames that were put until then are shown at `us`. */
function lastShownBy({ file }: Run, us: number): number {
  return isWebm(file) ? Math.floor(us / MS) * MS + MS / 2 - 1 : us + TICK
}

function isWebm(file: string): boolean {
  return file.endsWith('.webm')
}
