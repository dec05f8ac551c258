// Which frame a recorded video shows: track and RTP timestamp, as every live page named it. What the server says of the
// frames around it is kept.
import type { FrameKey, TrackId } from '../session/wire.gen'
import type { KeyedFrames, Run } from './wire'

/** What is on the screen: a frame of this run, µs of its file. */
export interface Presented {
  readonly run: Run
  readonly us: number
}

/** WebM rounds times to milliseconds. */
const ROUNDED_US = 1_000
/** So far from the clock a frame may be and still be the one that is seen then: pictures that follow it, a slow camera. */
const AHEAD_US = 100_000
const BEHIND_US = 1_000_000

/** Whether it is what belongs to session time `t`; after a jump the former one stays for a moment. */
export function belongs({ run, us }: Presented, t: number): boolean {
  const late = t - (run.t0 + us)
  return -AHEAD_US <= late && late <= BEHIND_US
}

export class FrameKeys {
  private readonly pages = new Map<number, KeyedFrames[]>()

  constructor(private readonly ask: (run: number, us: number) => Promise<KeyedFrames>) {}

  /** Null where nobody knows it: it was sealed before there were such lists, or they cannot be had. */
  async of({ run, us }: Presented): Promise<FrameKey | null> {
    const at = us + ROUNDED_US
    const page = this.kept(run.run, at) ?? (await this.fetched(run.run, at))
    const rtp = page?.frames.findLast(([t]) => t <= at)?.[1]
    return rtp === undefined ? null : { track: run.track as TrackId, rtp }
  }

  private kept(run: number, at: number): KeyedFrames | undefined {
    return this.pages.get(run)?.find(({ frames, until }) => {
      const begins = frames[0]?.[0]
      return begins !== undefined && begins <= at && (until === null || at < until)
    })
  }

  private async fetched(run: number, at: number): Promise<KeyedFrames | null> {
    try {
      const page = await this.ask(run, at)
      this.pages.set(run, [...(this.pages.get(run) ?? []), page])
      return page
    } catch {
      return null
    }
  }
}
