// The only sounds there are: ring, joined, left, recording. Tones made here, no files.
import { audioContext } from './level'

const RING_EVERY_MS = 3_000
const LOUDNESS = 0.16

function tone(hertz: number, fromS: number, lengthS: number, loudness = LOUDNESS): void {
  const context = audioContext()
  if (!context || context.state !== 'running') return
  const at = context.currentTime + fromS
  const oscillator = context.createOscillator()
  const gain = context.createGain()
  oscillator.frequency.value = hertz
  gain.gain.setValueAtTime(0, at)
  gain.gain.linearRampToValueAtTime(loudness, at + 0.02)
  gain.gain.setValueAtTime(loudness, at + lengthS - 0.04)
  gain.gain.linearRampToValueAtTime(0, at + lengthS)
  oscillator.connect(gain).connect(context.destination)
  oscillator.start(at)
  oscillator.stop(at + lengthS)
}

export function playJoined(): void {
  tone(660, 0, 0.12)
  tone(880, 0.13, 0.16)
}

export function playLeft(): void {
  tone(660, 0, 0.12)
  tone(440, 0.13, 0.16)
}

/** Recording begins or ends: one tone, unlike the two of coming and going. */
export function playRecording(): void {
  tone(523, 0, 0.24)
}

/** Rings until the returned function is called. `quiet`: what the caller hears while it rings elsewhere. */
export function startRing(quiet = false): () => void {
  const once = (): void => {
    if (quiet) return tone(440, 0, 0.9, LOUDNESS / 3)
    for (const at of [0, 0.32]) {
      tone(784, at, 0.24)
      tone(988, at, 0.24)
    }
  }
  once()
  const timer = setInterval(once, RING_EVERY_MS)
  return () => clearInterval(timer)
}
