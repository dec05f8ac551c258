// What Chromium does with a received picture, as far as the marks on it need it: a track's frames come to a <video> and to
// processors, a screen takes turns, a canvas remembers what was painted. Every frame made is counted until it is closed.
import { vi } from 'vitest'

/** A VideoFrame. `says`: whose it is and its key, as "A 3000". */
export class MadeFrame {
  static made: MadeFrame[] = []
  readonly displayWidth = 640
  readonly displayHeight = 480
  readonly timestamp: number
  closed = false

  constructor(
    readonly track: string,
    readonly rtp: number,
  ) {
    this.timestamp = (rtp * 1_000) / 90
    MadeFrame.made.push(this)
  }

  get says(): string {
    return `${this.track} ${this.rtp}`
  }

  metadata(): { rtpTimestamp: number } {
    if (this.closed) throw new Error('asked after it was closed')
    return { rtpTimestamp: this.rtp }
  }

  close(): void {
    this.closed = true
  }
}

/** A MediaStreamTrack, and those who read it. */
export class Source {
  readonly kind = 'video'
  readyState: 'live' | 'ended' = 'live'
  readonly readers: Processor[] = []

  constructor(readonly id: string) {}

  /** To whoever reads it; it is in their hands a moment later. */
  decode(rtp: number): void {
    for (const one of this.readers) one.take(new MadeFrame(this.id, rtp))
  }

  end(): void {
    this.readyState = 'ended'
    for (const one of this.readers) one.end()
  }
}

/** A MediaStreamTrackProcessor: it keeps what nobody asked for yet, and closes that when it is cancelled. */
class Processor {
  readonly readable: ReadableStream<MadeFrame>
  private readonly unread: MadeFrame[] = []
  private asks: ReadableStreamDefaultController<MadeFrame> | null = null
  private over = false

  constructor({ track }: { track: Source }) {
    if (track.readyState === 'ended') throw new TypeError('Input track cannot be ended')
    const pull = (to: ReadableStreamDefaultController<MadeFrame>): void => {
      this.asks = to
      this.flow()
    }
    this.readable = new ReadableStream({ pull, cancel: () => this.clear() }, { highWaterMark: 0 })
    track.readers.push(this)
  }

  get cancelled(): boolean {
    return this.over
  }

  take(frame: MadeFrame): void {
    if (this.over) return frame.close()
    this.unread.push(frame)
    this.flow()
  }

  end(): void {
    this.clear()
    this.asks?.close()
  }

  private flow(): void {
    const next = this.asks && this.unread.shift()
    if (!next) return
    const to = this.asks
    this.asks = null
    to?.enqueue(next)
  }

  private clear(): void {
    this.over = true
    for (const one of this.unread.splice(0)) one.close()
  }
}

class Stream {
  constructor(private readonly tracks: Source[]) {}

  getVideoTracks(): Source[] {
    return this.tracks
  }
}

type Told = (now: number, told: object) => void

/** The page's one <video> and its one canvas. */
export class Screen {
  readonly painted: string[] = []
  private stream: Stream | null = null
  private newest = 0
  private frames = 0
  private calls = new Map<number, Told>()
  private handles = 0

  constructor() {
    MadeFrame.made = []
    vi.useFakeTimers({
      toFake: ['setInterval', 'clearInterval', 'performance', 'requestAnimationFrame', 'cancelAnimationFrame'],
    })
    vi.stubGlobal('MediaStream', Stream)
    vi.stubGlobal('MediaStreamTrackProcessor', Processor)
    vi.stubGlobal('VideoFrame', this.maker())
    vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(this.pen())
    this.video()
  }

  /** The <video> presents a frame of what it plays. */
  present(rtp: number): void {
    this.newest = rtp
    this.frames += 1
    const calls = [...this.calls.values()]
    this.calls.clear()
    const told = { width: 640, height: 480, mediaTime: rtp / 90_000, rtpTimestamp: rtp }
    for (const call of calls) call(performance.now(), told)
  }

  /** Everything that was read is in hand. */
  async read(): Promise<void> {
    for (let n = 0; n < 5; n++) await new Promise((done) => setImmediate(done))
  }

  /** The screen takes so many pictures. */
  turn(count = 1): void {
    for (let n = 0; n < count; n++) vi.advanceTimersToNextFrame()
  }

  get unclosed(): string[] {
    return MadeFrame.made.filter((one) => !one.closed).map((one) => one.says)
  }

  private get plays(): Source | undefined {
    return this.stream?.getVideoTracks()[0]
  }

  private maker(): unknown {
    const make = (): MadeFrame => {
      if (!this.plays || this.frames === 0) throw new DOMException('no frame', 'InvalidStateError')
      return new MadeFrame(this.plays.id, this.newest)
    }
    const maker = function (): MadeFrame {
      return make()
    }
    maker.prototype = MadeFrame.prototype
    return maker
  }

  private pen(): CanvasRenderingContext2D {
    const drawImage = (picture: MadeFrame): void => {
      if (picture.closed) throw new DOMException('closed', 'InvalidStateError')
      this.painted.push(picture.says)
    }
    const other = (): object => ({ width: 1 })
    return new Proxy({ drawImage }, { get: (pen, name) => (name === 'drawImage' ? pen.drawImage : other) }) as never
  }

  private video(): void {
    const set = (stream: Stream | null): void => {
      this.stream = stream
      this.frames = 0
    }
    const of = HTMLVideoElement.prototype
    Object.defineProperties(of, {
      srcObject: { configurable: true, get: () => this.stream, set },
      requestVideoFrameCallback: { configurable: true, value: (call: Told) => this.ask(call) },
      cancelVideoFrameCallback: { configurable: true, value: (handle: number) => this.calls.delete(handle) },
      getVideoPlaybackQuality: { configurable: true, value: () => ({ totalVideoFrames: this.frames }) },
    })
  }

  private ask(call: Told): number {
    this.calls.set(++this.handles, call)
    return this.handles
  }
}
