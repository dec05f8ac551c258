// A voice message from the call's microphone. It records a copy of the track of its own, so that it hears also while
// the microphone is off in the call, and turning that on or off changes nothing here.

export const MOST_S = 120
const FORMATS = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'] // Chromium, Safari, Firefox before 114
const BITS_PER_S = 24_000 // clear speech; two minutes are 0.4 MB

export interface Recording {
  readonly blob: Blob
  readonly durationMs: number
}

export function canRecord(): boolean {
  return format() !== undefined
}

function format(): string | undefined {
  if (typeof MediaRecorder === 'undefined') return undefined
  return FORMATS.find((one) => MediaRecorder.isTypeSupported(one))
}

export class Recorder {
  readonly track: MediaStreamTrack
  private readonly recorder: MediaRecorder
  private readonly parts: Blob[] = []
  private readonly beganMs = performance.now()
  private readonly limit: ReturnType<typeof setTimeout>
  private cancelled = false

  /** `done` is called once, whoever ends it: `stop`, the two minutes, or the device. Not after `cancel`. */
  constructor(microphone: MediaStreamTrack, done: (recording: Recording) => void) {
    this.track = microphone.clone()
    this.track.enabled = true
    this.recorder = new MediaRecorder(new MediaStream([this.track]), {
      mimeType: format() ?? '',
      audioBitsPerSecond: BITS_PER_S,
    })
    this.recorder.ondataavailable = ({ data }) => this.parts.push(data)
    this.recorder.onstop = () => {
      const durationMs = Math.round(performance.now() - this.beganMs)
      this.letGo()
      if (!this.cancelled) done({ blob: new Blob(this.parts, { type: this.recorder.mimeType }), durationMs })
    }
    this.recorder.start()
    this.limit = setTimeout(() => this.stop(), MOST_S * 1000)
  }

  get seconds(): number {
    return Math.floor((performance.now() - this.beganMs) / 1000)
  }

  stop(): void {
    if (this.recorder.state !== 'inactive') this.recorder.stop()
  }

  cancel(): void {
    this.cancelled = true
    this.stop()
    this.letGo()
  }

  private letGo(): void {
    clearTimeout(this.limit)
    this.track.stop()
  }
}
