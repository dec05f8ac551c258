// How loud everybody was, for the timeline and for who talks right now. Pure.
import type { Speech } from './wire'

/** About −35 dBFS: speech near a laptop is louder, its fan is not (session/talking.ts has the same in linear). */
const LOUD = 106

export class Loudness {
  private readonly levels: ReadonlyMap<number, Uint8Array>

  constructor(private readonly speech: Speech) {
    this.levels = new Map(
      speech.people.map(({ peer, levels }) => [peer, Uint8Array.from(atob(levels), (one) => one.charCodeAt(0))]),
    )
  }

  get peers(): number[] {
    return [...this.levels.keys()]
  }

  /** 0 to 255 at `t`. */
  at(peer: number, t: number): number {
    return this.levels.get(peer)?.[Math.floor(t / this.speech.step_us)] ?? 0
  }

  talks(peer: number, t: number): boolean {
    return this.at(peer, t) >= LOUD
  }

  /** The loudest within each of `count` equal parts of `from` to `to`: 0 to 1. */
  bars(peer: number, from: number, to: number, count: number): number[] {
    const levels = this.levels.get(peer) ?? new Uint8Array()
    const step = (to - from) / count / this.speech.step_us
    const first = from / this.speech.step_us
    return Array.from({ length: count }, (_, n) => {
      let loudest = 0
      const end = Math.max(Math.floor(first + n * step) + 1, Math.floor(first + (n + 1) * step))
      for (let at = Math.floor(first + n * step); at < end; at++) loudest = Math.max(loudest, levels[at] ?? 0)
      return loudest / 255
    })
  }
}
