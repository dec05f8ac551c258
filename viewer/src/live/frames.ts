// The publisher's side of a frame's identity: which key a frame of my own probe went out with, and its raw picture. Where
// the browser lacks what it takes (RTCRtpScriptTransform, MediaStreamTrackProcessor: Chromium has both) nothing is
// attached and nothing changes.
import { SentFrames } from './sent'
import type { Sent, SentAs } from './sent'
import type { Names } from './taken'
import { Votes } from './votes'

/** A WebCodecs VideoFrame, as far as it is used. */
export interface RawFrame {
  readonly format: string | null
  readonly timestamp: number
  readonly codedWidth: number
  readonly codedHeight: number
  readonly displayWidth: number
  readonly displayHeight: number
  readonly visibleRect: DOMRectReadOnly | null
  readonly colorSpace: { toJSON(): object }
  allocationSize(): number
  copyTo(to: ArrayBuffer): Promise<object[]>
  close(): void
}

export type ToWorker = { frames: ReadableStream<RawFrame> } | { key: string; rtp: number }
export type FromWorker = { ready: true } | { sent: Sent } | { key: string; png: Blob | null }

const UNKNOWN: SentAs = { rtp: null, settled: false, next: null }

type Processor = new (init: { track: MediaStreamTrack }) => { readable: ReadableStream<RawFrame> }
type Transform = typeof RTCRtpScriptTransform

function parts(): { Processor: Processor; Transform: Transform } | null {
  const { MediaStreamTrackProcessor: Processor, RTCRtpScriptTransform: Transform } = globalThis as unknown as {
    MediaStreamTrackProcessor?: Processor
    RTCRtpScriptTransform?: Transform
  }
  return Processor && Transform ? { Processor, Transform } : null
}

/** One worker for as long as the page lives. */
export class Frames {
  private readonly sent = new SentFrames()
  private votes = new Votes()
  private readonly waiting = new Map<string, (png: Blob | null) => void>()
  private source: MediaStreamTrack | null = null
  private copied: MediaStreamTrack | null = null

  private constructor(
    private readonly worker: Worker,
    private readonly have: { Processor: Processor; Transform: Transform },
  ) {
    worker.onmessage = ({ data }: { data: FromWorker }) => this.heard(data)
  }

  /** Null where the browser cannot, or the worker does not come: nothing must hang on a worker that is not there. */
  static open(): Promise<Frames | null> {
    const have = parts()
    if (!have) return Promise.resolve(null)
    const worker = new Worker(new URL('./frames.worker.ts', import.meta.url), { type: 'module' })
    return new Promise((resolve) => {
      worker.onmessage = () => resolve(new Frames(worker, have))
      worker.onerror = () => resolve(null)
    })
  }

  /** Before this sender's first frame, in the very turn that it was made in: Chromium takes no transform later. */
  attach(sender: RTCRtpSender): void {
    sender.transform = new this.have.Transform(this.worker)
  }

  /** Keep the frames of this track from now on; null = of none. */
  keep(track: MediaStreamTrack | null): void {
    if (this.source === track) return
    this.copied?.stop()
    this.source = track
    this.votes = new Votes()
    this.copied = track?.clone() ?? null // the processor ends with its track; the original is not ours to end
    if (!this.copied) return
    const { readable } = new this.have.Processor({ track: this.copied })
    const message: ToWorker = { frames: readable }
    this.worker.postMessage(message, [readable as unknown as Transferable])
  }

  /** The key of a frame of my own probe on my own screen: it is stamped by the camera's clock as the page knows it, else
   * by the capture's. Null = not known yet. */
  keyOf(frame: Names): number | null {
    this.votes.shown(shownUs(frame))
    return this.sentAs(frame).rtp
  }

  /** What is known by now of a frame that was asked for before: it is seen before it is sent. */
  sentAs(frame: Names): SentAs {
    const { offset } = this.votes
    return offset === null ? UNKNOWN : this.sent.at(shownUs(frame) + offset)
  }

  /** It was sent, not long ago. */
  wasSent(rtp: number): boolean {
    return this.sent.usOf(rtp) !== null
  }

  /** That frame's raw picture, PNG; null = gone. */
  picture(key: string, rtp: number): Promise<Blob | null> {
    return new Promise((resolve) => {
      this.waiting.set(key, resolve)
      const message: ToWorker = { key, rtp }
      this.worker.postMessage(message)
    })
  }

  private heard(message: FromWorker): void {
    if ('sent' in message) {
      this.sent.add(message.sent)
      this.votes.captured(message.sent.us)
    }
    if (!('key' in message)) return
    this.waiting.get(message.key)?.(message.png)
    this.waiting.delete(message.key)
  }
}

function shownUs({ captureTime, mediaTime }: Names): number {
  return captureTime === undefined ? mediaTime * 1e6 : captureTime * 1e3
}
