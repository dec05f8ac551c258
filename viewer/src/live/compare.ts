// In the worker: what the encoder sent, decoded again and compared with raw frames, until it is clear which is which.
import type { Alignment } from './align'
import type { RawFrame } from './frames'

export interface EncodedFrame {
  readonly type: 'key' | 'delta' | 'empty'
  readonly data: ArrayBuffer
  getMetadata(): { rtpTimestamp?: number; mimeType?: string }
}

type Picture = RawFrame & CanvasImageSource
interface Decoder {
  readonly decodeQueueSize: number
  readonly state: 'unconfigured' | 'configured' | 'closed'
  configure(config: object): void
  decode(chunk: object): void
  close(): void
}
const { VideoDecoder, EncodedVideoChunk } = globalThis as unknown as {
  VideoDecoder?: new (init: { output: (frame: Picture) => void; error: () => void }) => Decoder
  EncodedVideoChunk?: new (init: object) => object
}

const CODECS: Record<string, string> = {
  'video/H264': 'avc1.42e034',
  'video/VP8': 'vp8',
  'video/VP9': 'vp09.00.10.08',
  'video/AV1': 'av01.0.04M.08',
}
const WIDTH = 80
const HEIGHT = 60
const QUEUED = 8 // further behind it would only take time from the call

export class Comparison {
  private decoder: Decoder | null = null
  private readonly pen = new OffscreenCanvas(WIDTH, HEIGHT).getContext('2d', { alpha: false, willReadFrequently: true })

  /** `raws`: when they were captured; `raw`: one of them as a picture, to be closed. */
  constructor(
    private readonly alignment: Alignment,
    private readonly raws: () => readonly number[],
    private readonly raw: (us: number) => Picture | null,
  ) {}

  /** Each encoded frame passes here until the alignment is known. */
  take(frame: EncodedFrame, rtp: number): void {
    if (this.alignment.known && !this.alignment.weighing) return this.stop()
    if (frame.type === 'key' && !this.alignment.weighing) this.begin(frame, rtp)
    const decoder = this.decoder
    if (!decoder || decoder.state !== 'configured' || !EncodedVideoChunk) return
    if (!this.alignment.weighing || decoder.decodeQueueSize > QUEUED) return this.stop()
    decoder.decode(new EncodedVideoChunk({ type: frame.type, timestamp: rtp, data: frame.data }))
  }

  stop(): void {
    if (this.decoder && this.decoder.state !== 'closed') this.decoder.close()
    this.decoder = null
  }

  private begin(frame: EncodedFrame, rtp: number): void {
    this.stop()
    const codec = CODECS[frame.getMetadata().mimeType ?? '']
    if (!VideoDecoder || !codec) return
    this.decoder = new VideoDecoder({ output: (picture) => this.weigh(picture), error: () => this.stop() })
    this.decoder.configure({ codec, optimizeForLatency: true })
    this.alignment.begin(rtp, this.raws())
  }

  private weigh(decoded: Picture): void {
    const seen = this.sample(decoded)
    const differences = new Map<number, number | null>()
    const difference = (us: number): number | null => {
      if (!differences.has(us)) differences.set(us, this.differs(seen, this.raw(us)))
      return differences.get(us) ?? null
    }
    if (seen) this.alignment.weigh(decoded.timestamp >>> 0, this.raws(), difference)
    decoded.close()
  }

  private differs(seen: Uint8ClampedArray | null, raw: Picture | null): number | null {
    const other = raw && this.sample(raw)
    raw?.close()
    if (!seen || !other) return null
    let sum = 0
    for (let n = 0; n < seen.length; n++) sum += Math.abs((seen[n] ?? 0) - (other[n] ?? 0))
    return sum
  }

  /** Small, each value the mean of many: the noise of coding goes, what moved stays. */
  private sample(picture: Picture): Uint8ClampedArray | null {
    if (!this.pen) return null
    this.pen.imageSmoothingQuality = 'high'
    this.pen.drawImage(picture, 0, 0, WIDTH, HEIGHT)
    return this.pen.getImageData(0, 0, WIDTH, HEIGHT).data
  }
}
