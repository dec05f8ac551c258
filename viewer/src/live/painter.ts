// Draws video frame and marks in one canvas, inside the callback that presents the frame: what is seen together belongs
// together. The canvas covers the <video> only while there is something to draw on it; without that, and whenever the
// callbacks fail, the bare video is what one sees.
//
// A <video> drawn into a canvas gives its newest frame, which in a callback that runs late is the one after the frame that
// the callback speaks of. So the frame is taken out first and asked who it is: another one is not drawn under this key.
import { contained } from '../marks/affine'
import type { Affine, Size } from '../marks/affine'
import { drawMark, drawPointer } from '../marks/draw'
import type { DrawnMark, DrawnPointer } from '../marks/draw'
import { Decoded } from './decoded'
import { sharpness } from './place'
import { Taker } from './taken'
import type { Names, Taken } from './taken'

export interface Scene {
  marks: readonly DrawnMark[]
  pointers: readonly DrawnPointer[]
}
/** One presented frame: its names in, what to draw on it out; null = nothing, the bare video will do. */
export type Compose = (frame: Names) => Scene | null

const MOST_PIXELS = 1920 * 1080
const STALLED_MS = 500
const LOOK_EVERY_MS = 250

export class Painter {
  private handle = 0
  private decoded: Decoded | null = null
  private timer: ReturnType<typeof setInterval> | undefined
  private drawnAt = 0
  private last: VideoFrameCallbackMetadata | null = null
  private framesThen = 0
  private readonly pen: CanvasRenderingContext2D | null
  private readonly taker: Taker

  /** `came`: of a received picture, each frame that is here. */
  constructor(
    private readonly video: HTMLVideoElement,
    private readonly canvas: HTMLCanvasElement,
    private readonly compose: Compose,
    private readonly came: (rtp: number) => void = () => undefined,
  ) {
    this.pen = canvas.getContext('2d', { alpha: false })
    this.taker = new Taker(video)
  }

  /** False: this browser has no frame callbacks. */
  start(): boolean {
    if (!('requestVideoFrameCallback' in this.video) || !this.pen) return false
    this.ask()
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS)
    return true
  }

  /** Once started: of a received picture, what the <video> plays from now on; undefined = nothing yet. */
  follow(track: MediaStreamTrack | undefined): void {
    this.decoded?.stop()
    const hears = { came: this.came, show: (now: number, frame: Taken) => this.show(now, frame) }
    this.decoded = track ? Decoded.of(track, hears) : null
    this.canvas.hidden = true // what it shows is of another track
  }

  /** The frame that is on the screen once more: what is drawn on it changed, and no other frame is to come. */
  again(): void {
    if (this.last) this.present(performance.now(), this.last)
  }

  stop(): void {
    clearInterval(this.timer)
    this.decoded?.stop()
    this.video.cancelVideoFrameCallback?.(this.handle)
    this.canvas.hidden = true
  }

  private ask(): void {
    this.handle = this.video.requestVideoFrameCallback((now, told) => {
      this.ask()
      if (!this.decoded?.leads) this.present(now, told)
    })
  }

  private present(now: number, told: VideoFrameCallbackMetadata): void {
    this.last = told
    const frame = this.taker.take(told)
    if (frame) this.show(now, frame) // else its own callback is to come
  }

  private show(now: number, frame: Taken): void {
    try {
      const scene = this.compose(frame.names)
      this.drawnAt = now
      this.framesThen = this.video.getVideoPlaybackQuality().totalVideoFrames
      if (scene && this.pen) this.paint(this.pen, frame, scene)
      this.canvas.hidden = scene === null
      this.decoded?.shown(frame.names.rtpTimestamp, scene !== null)
    } finally {
      frame.close()
    }
  }

  private paint(pen: CanvasRenderingContext2D, { picture, names }: Taken, scene: Scene): void {
    const box = { width: this.video.clientWidth, height: this.video.clientHeight }
    const ratio = this.fit(box)
    const to = contained({ width: names.width, height: names.height }, box)
    pen.setTransform(ratio, 0, 0, ratio, 0, 0)
    this.drawFrame(pen, picture, box, to)
    for (const mark of scene.marks) drawMark(pen, mark, to)
    for (const pointer of scene.pointers) drawPointer(pen, pointer, to, box)
  }

  private drawFrame(pen: CanvasRenderingContext2D, picture: CanvasImageSource, box: Size, to: Affine): void {
    pen.fillStyle = '#000'
    if (to.e > 0 || to.f > 0) pen.fillRect(0, 0, box.width, box.height)
    pen.drawImage(picture, to.e, to.f, to.a, to.d)
  }

  /** As many pixels as the screen has there. Setting a size clears, so only when it changed. */
  private fit(box: Size): number {
    const ratio = sharpness(box, window.devicePixelRatio, MOST_PIXELS)
    const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)]
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width
      this.canvas.height = height
    }
    return ratio
  }

  /** The video goes on and nobody calls: better no marks than a picture that stands still. */
  private look(): void {
    const frames = this.video.getVideoPlaybackQuality().totalVideoFrames
    if (performance.now() - this.drawnAt <= STALLED_MS || frames <= this.framesThen) return
    this.canvas.hidden = true
    this.decoded?.rest()
  }
}
