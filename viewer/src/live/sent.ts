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
  /** Null: neither it nor one shortly before it was sent. */
  rtp: number | null
  /** It or one after it was sent: no more is to come. */
  settled: boolean
}

const KEPT = 256 // frames: some eight seconds
const STALE_US = 500_000 // a key this much older is that of another picture
const SAME_US = 1_000 // the same frame by another clock; the next one is 16 ms away

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

  /** Of the frame captured then, else of the last before it that was sent, if that is not long ago. */
  at(us: number): SentAs {
    const sent = this.ring.findLast((one) => one.us <= us + SAME_US)
    const last = this.ring[this.ring.length - 1]
    const rtp = sent && us - sent.us < STALE_US ? sent.rtp : null
    return { rtp, settled: last !== undefined && last.us >= us - SAME_US }
  }

  /** When the frame with this key was captured; null = not one of mine, or too long ago. */
  usOf(rtp: number): number | null {
    return this.ring.find((one) => one.rtp === rtp)?.us ?? null
  }
}
