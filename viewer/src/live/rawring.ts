// The last moments of raw frames, as the capture made them, so that a frame that somebody froze on their screen is still
// here when they ask for it. Copies: holding the capture's own frames would starve the camera of buffers. Pure.

import { SAME_US } from './sent'

export interface Raw<T> {
  /** Presentation timestamp, µs. */
  us: number
  bytes: number
  content: T
}

const LASTS_US = 1_500_000 // what a picture takes to a screen far away, a hand to press, and the asking to come back
const MOST_BYTES = 128_000_000 // 41 frames of 1080p in I420

export class RawRing<T> {
  private ring: Raw<T>[] = []
  private bytes = 0

  add(raw: Raw<T>): void {
    const last = this.ring[this.ring.length - 1]
    if (last && raw.us <= last.us) this.clear() // another device, another clock
    this.ring.push(raw)
    this.bytes += raw.bytes
    while (this.ring.length > 1 && (this.bytes > MOST_BYTES || this.tooOld(raw.us))) {
      this.bytes -= this.ring.shift()?.bytes ?? 0
    }
  }

  /** When they were captured, in order. */
  times(): number[] {
    return this.ring.map((raw) => raw.us)
  }

  /** That very frame, or none: another one would be a wrong picture. */
  at(us: number): T | null {
    return this.ring.find((raw) => raw.us === us)?.content ?? null
  }

  /** The frame of that time by another clock; the next one would be a wrong picture. */
  near(us: number): T | null {
    return this.ring.find((raw) => Math.abs(raw.us - us) <= SAME_US)?.content ?? null
  }

  clear(): void {
    this.ring = []
    this.bytes = 0
  }

  private tooOld(now: number): boolean {
    const first = this.ring[0]
    return first !== undefined && now - first.us > LASTS_US
  }
}
