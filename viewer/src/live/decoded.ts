// The frames of a received picture as its decoder gives them. A <video> shows what is newest when the screen takes a picture:
// of frames that come in a heap, after a packet that was late or was sent again, it leaves out all but the last. While
// there is something to draw they are drawn from here instead, one a refresh, so that each is seen. Chromium only; elsewhere,
// and where frames bear no names, the <video>'s own callbacks do.
import { ahead } from '../session/rtp'
import { namesOf } from './taken'
import type { Frame, Names, Taken } from './taken'
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
  private readonly turns = new Turns<Picture>()
  private named = false
  private wanted = false
  private last: number | null = null
  private handle = 0

  private constructor(
    private readonly reader: ReadableStreamDefaultReader<Picture>,
    private readonly hears: Hears,
  ) {
    void this.read().catch(() => undefined)
  }

  /** Null: this browser gives none. */
  static of(video: HTMLVideoElement, hears: Hears): Decoded | null {
    const { MediaStreamTrackProcessor: Made } = globalThis as unknown as { MediaStreamTrackProcessor?: Processor }
    const track = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks()[0] : undefined
    return Made && track ? new Decoded(new Made({ track, maxBufferSize: UNREAD }).readable.getReader(), hears) : null
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

  stop(): void {
    this.rest()
    void this.reader.cancel().catch(() => undefined)
  }

  private async read(): Promise<void> {
    try {
      for (;;) {
        const { value, done } = await this.reader.read()
        if (done) return
        this.take(value)
      }
    } finally {
      this.rest()
    }
  }

  private take(frame: Picture): void {
    const rtp = namesOf(frame)?.rtpTimestamp
    this.named = rtp !== undefined
    if (rtp !== undefined) this.hears.came(rtp)
    if (!this.leads || rtp === undefined || (this.last !== null && ahead(rtp, this.last) <= 0)) return frame.close()
    this.turns.add(frame)
    this.ask()
  }

  private ask(): void {
    if (this.handle === 0) this.handle = requestAnimationFrame((now) => this.turn(now))
  }

  private turn(now: number): void {
    this.handle = 0
    const frame = this.turns.next()
    const names: Names | null = frame && namesOf(frame)
    if (frame && names) this.hears.show(now, { picture: frame, names, close: () => frame.close() })
    if (this.turns.some) this.ask()
  }

  private rest(): void {
    this.named = false
    cancelAnimationFrame(this.handle)
    this.handle = 0
    this.turns.clear()
  }
}
