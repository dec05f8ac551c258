// Which RTP timestamp a frame of my own picture went out with: what the encoder saw (the presentation timestamp of the raw
// frame, µs) beside what it was sent as. Not every raw frame is encoded. Pure.
import { ahead } from '../session/rtp'

export interface Sent {
  /** Presentation timestamp of the raw frame, µs of the capturing clock. */
  us: number
  rtp: number
}

const KEPT = 256 // frames: some eight seconds
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

  /** Of the frame shown, else of the last before it that was sent; null = none yet. */
  rtpAt(us: number): number | null {
    for (let n = this.ring.length - 1; n >= 0; n--) {
      const sent = this.ring[n]
      if (sent && sent.us <= us + SAME_US) return sent.rtp
    }
    return null
  }

  /** When the frame with this key was captured; null = not one of mine, or too long ago. */
  usOf(rtp: number): number | null {
    return this.ring.find((one) => one.rtp === rtp)?.us ?? null
  }
}
