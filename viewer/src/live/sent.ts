// Which RTP timestamp a frame of my own picture went out with: what the encoder saw (the presentation timestamp of the raw
// frame, µs) beside what it was sent as. Not every raw frame is encoded. Pure.
import { ahead } from '../session/rtp'

export interface Sent {
  /** Presentation timestamp of the raw frame, µs of the capturing clock. */
  us: number
  rtp: number
}

/** As what a frame was sent. */
export interface SentAs {
  /** Its own key. Of one that was left out: the key it would have had, so that nobody takes it for another picture. Until
   * it is known, that of the last before it. Null: none was sent shortly before it. */
  rtp: number | null
  /** It or one after it was sent: no more is to come. */
  settled: boolean
  /** Of one that was left out: the next that was sent, the first of that moment that anybody else has. */
  next: number | null
}

const KEPT = 256 // frames: some eight seconds
const STALE_US = 500_000 // a key this much older is that of another picture
const TICKS_PER_US = 0.09
/** The same frame by two clocks: one in whole ms, and slowly corrected. The next frame is 16 ms away. */
export const SAME_US = 5_000

export class SentFrames {
  private readonly ring: Sent[] = []

  add(sent: Sent): void {
    const last = this.ring[this.ring.length - 1]
    if (last?.rtp === sent.rtp) return // another layer of the same frame
    // The encoder began anew, or another device is captured: what was before is of another clock.
    if (last && (sent.us < last.us || ahead(sent.rtp, last.rtp) < 0)) this.ring.length = 0
    this.ring.push(sent)
    if (this.ring.length > KEPT) this.ring.shift()
  }

  /** Of the frame captured then. */
  at(us: number): SentAs {
    const own = this.ring.find((one) => Math.abs(one.us - us) <= SAME_US)
    if (own) return { rtp: own.rtp, settled: true, next: null }
    const before = this.ring.findLast((one) => one.us < us)
    const after = this.ring.find((one) => one.us > us)
    const settled = after !== undefined
    if (!before || us - before.us >= STALE_US) return { rtp: null, settled, next: null }
    const next = after && after.us - us < STALE_US ? after.rtp : null
    return { rtp: settled ? later(before.rtp, us - before.us) : before.rtp, settled, next }
  }

  /** When the frame with this key was captured; null = not one of mine, or too long ago. */
  usOf(rtp: number): number | null {
    return this.ring.find((one) => one.rtp === rtp)?.us ?? null
  }
}

/** The key so much after another: they are capture times in whole ms, at 90 kHz. */
function later(rtp: number, us: number): number {
  return (rtp + Math.round(us * TICKS_PER_US)) % 2 ** 32
}
