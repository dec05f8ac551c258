// The picture that a <video> gives a canvas is its newest; a callback that runs late speaks of the one before. So the frame
// is taken out, asked who it is, and goes by its own name. Where a browser cannot tell, it goes by the callback's.

/** What frames are told apart by (VideoFrameCallbackMetadata). */
export type Names = Pick<VideoFrameCallbackMetadata, 'width' | 'height' | 'mediaTime' | 'captureTime' | 'rtpTimestamp'>

/** A frame out of the video, to be closed. */
export interface Taken {
  readonly picture: CanvasImageSource
  readonly names: Names
  close(): void
}

/** A WebCodecs VideoFrame, as far as it is used. */
export interface Frame {
  readonly timestamp: number
  readonly displayWidth: number
  readonly displayHeight: number
  metadata(): { rtpTimestamp?: number }
  close(): void
}
export type MakeFrame = new (video: HTMLVideoElement) => Frame & CanvasImageSource

const SAME_US = 1 // timestamps are whole µs, the callback's in seconds

/** The browser's; null: it has none that knows its names. */
export function frameMaker(): MakeFrame | null {
  const { VideoFrame } = globalThis as unknown as { VideoFrame?: MakeFrame }
  return VideoFrame && 'metadata' in VideoFrame.prototype ? VideoFrame : null
}

export class Taker {
  /** Both clocks were seen to be one. */
  private agreed = false

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly make: MakeFrame | null = frameMaker(),
  ) {}

  /** Inside the callback that told of `told`. Null: the video has gone on to a frame that nobody can name. */
  take(told: Names): Taken | null {
    const frame = this.frame()
    if (!frame) return { picture: this.video, names: told, close: () => undefined }
    const names = this.namesOf(frame, told)
    if (names) return { picture: frame, names, close: () => frame.close() }
    frame.close()
    return null
  }

  private frame(): (Frame & CanvasImageSource) | null {
    try {
      return this.make && new this.make(this.video)
    } catch {
      return null // no picture yet
    }
  }

  private namesOf(frame: Frame, told: Names): Names | null {
    if (Math.abs(frame.timestamp - told.mediaTime * 1e6) <= SAME_US) this.agreed = true
    else if (this.agreed) return namesOf(frame)
    return told
  }
}

/** What a frame says of itself; null = it bears no name. */
export function namesOf(frame: Frame): Names | null {
  const { rtpTimestamp } = frame.metadata()
  if (rtpTimestamp === undefined) return null
  return { rtpTimestamp, mediaTime: frame.timestamp / 1e6, width: frame.displayWidth, height: frame.displayHeight }
}
