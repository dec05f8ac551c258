// The frames of a received picture as its decoder gives them. A <video> shows what is newest when the screen takes a picture:
// of frames that come in a heap, after a packet that was late or was sent again, it leaves out all but the last. While
// there is something to draw they are drawn from here instead, one a refresh, so that each is seen. Chromium only; elsewhere,
// and where frames bear no names, the <video>'s own callbacks do.
import { ahead } from '../session/rtp'
import { namesOf } from './taken'
import type { Frame, Taken } from './taken'
import { Turns } from './turns'

type Picture = Frame & CanvasImageSource
type Processor = new (init: { track: MediaStreamTrack; maxBufferSize: number }) => { readable: ReadableStream<Picture> }

/** A page that is busy for half a second takes all of them afterwards. */
const UNREAD = 16

export interface Hears {
  /** A frame is here, whether it is drawn or not. */
  came(rtp: number): void
  /** A frame's turn, in a callback of the screen; to be closed. */
  show(now: number, frame: Taken): void
}

export class Decoded {
  private readonly turns = new Turns<Taken>()
  private named = false
  private wanted = false
  private stopped = false
  private last: number | null = null
  private handle = 0

  private constructor(
    private readonly reader: ReadableStreamDefaultReader<Picture>,
    private readonly hears: Hears,
  ) {
    void this.read().catch(() => undefined)
  }

  /** Null: this browser gives none, or the track is over (a processor refuses that one). */
  static of(track: MediaStreamTrack, hears: Hears): Decoded | null {
    const { MediaStreamTrackProcessor: Made } = globalThis as unknown as { MediaStreamTrackProcessor?: Processor }
    if (!Made || track.readyState !== 'live') return null
    return new Decoded(new Made({ track, maxBufferSize: UNREAD }).readable.getReader(), hears)
  }

  /** Frames are drawn from here; the video's callbacks have nothing to do. */
  get leads(): boolean {
    return this.wanted && this.named
  }

  /** `rtp` is on the screen; `wanted`: there is something to draw on it, and on those after it. */
  shown(rtp: number | undefined, wanted: boolean): void {
    if (rtp !== undefined) this.last = rtp
    this.wanted = wanted
    if (!wanted) this.turns.clear()
  }

  /** No longer leads, until a frame comes here and the video shows one to draw on. */
  rest(): void {
    this.named = this.wanted = false
    cancelAnimationFrame(this.handle)
    this.handle = 0
    this.turns.clear()
  }

  /** For good: what is read already and comes yet is given back unseen. */
  stop(): void {
    this.stopped = true
    this.rest()
    void this.reader.cancel().catch(() => undefined)
  }

  private async read(): Promise<void> {
    try {
      for (;;) {
        const { value, done } = await this.reader.read()
        if (done) return
        if (this.stopped) return value.close()
        this.take(value)
      }
    } finally {
      this.stop()
    }
  }

  private take(picture: Picture): void {
    const names = namesOf(picture)
    const rtp = names?.rtpTimestamp
    this.named = rtp !== undefined
    if (!names || rtp === undefined) return picture.close()
    this.hears.came(rtp)
    if (!this.leads || (this.last !== null && ahead(rtp, this.last) <= 0)) return picture.close()
    this.turns.add({ picture, names, close: () => picture.close() })
    this.ask()
  }

  private ask(): void {
    if (this.handle === 0) this.handle = requestAnimationFrame((now) => this.turn(now))
  }

  private turn(now: number): void {
    this.handle = 0
    const frame = this.turns.next()
    if (frame) this.hears.show(now, frame)
    if (this.turns.some) this.ask()
  }
}
