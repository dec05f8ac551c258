// How loud a track is, for a level bar: peak of the last moment, 0 to 1.
import { signal } from '@preact/signals'

let shared: AudioContext | null = null

/** Whether the browser would let nothing sound: true after a reload until the user touches the page. */
export const silent = signal(false)

function heed(): void {
  silent.value = shared?.state === 'suspended'
}

/** One AudioContext for the page: browsers limit them. Null where there is none. */
export function audioContext(): AudioContext | null {
  const Constructor = globalThis.AudioContext as typeof AudioContext | undefined
  if (!shared && Constructor) {
    shared = new Constructor()
    shared.onstatechange = heed
    heed()
  }
  return shared
}

/** Sound may start only after the user touched the page: call this from any press. */
export function wakeAudio(): void {
  void audioContext()
    ?.resume()
    .catch(() => undefined)
}

export interface Meter {
  read(): number
  stop(): void
}

const SILENCE: Meter = { read: () => 0, stop: () => undefined }

export function meter(track: MediaStreamTrack): Meter {
  const context = audioContext()
  if (!context) return SILENCE
  const source = context.createMediaStreamSource(new MediaStream([track]))
  const analyser = context.createAnalyser()
  analyser.fftSize = 512
  source.connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  return {
    read() {
      analyser.getFloatTimeDomainData(samples)
      return scale(samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0))
    },
    stop: () => source.disconnect(),
  }
}

/** −50 dBFS to 0 dBFS over the bar: linear amplitude would show speech as almost nothing. */
export function scale(peak: number): number {
  if (peak <= 0) return 0
  return Math.min(1, Math.max(0, (20 * Math.log10(peak) + 50) / 50))
}
