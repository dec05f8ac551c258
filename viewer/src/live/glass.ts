// How old the probe's picture is when it is seen: from the probe's camera to this screen. Pure.
//
// No clock is shared by both ends, so it is put together from what each leg is known to take, and shown as about so much
// (≈): half the publisher's round trip to the server, half of mine, what the receiving browser holds and decodes, one
// frame to capture and encode and half a frame to wait for the screen.

/** What is known of the way, ms; null = not known (yet). */
export interface Legs {
  /** Round trip publisher–server. */
  upRtt: number | null
  /** Round trip server–me. */
  downRtt: number | null
  /** From the first packet of a frame to its decoded picture: jitter buffer and decoder. */
  holding: number | null
  fps: number
}

export type Age = 'ok' | 'fair' | 'poor'

export const OK_MS = 200 // guidance is as by one's own hand
export const FAIR_MS = 300
export const FREEZE_MS = 700 // guiding by it does harm: freeze, then mark
const WINDOW = 5 // readings of half a second
const FPS_UNKNOWN = 25

/** Null: too little is known to say anything. */
export function estimate({ upRtt, downRtt, holding, fps }: Legs): number | null {
  if (upRtt === null || downRtt === null || holding === null) return null
  const frame = 1000 / (fps > 0 ? fps : FPS_UNKNOWN)
  return (upRtt + downRtt) / 2 + holding + 1.5 * frame
}

export function gradeOf(ms: number): Age {
  if (ms <= OK_MS) return 'ok'
  return ms <= FAIR_MS ? 'fair' : 'poor'
}

/** The middle of the last readings: a single hiccup is no news. */
export class Steady {
  private readonly last: number[] = []

  add(ms: number): number {
    this.last.push(ms)
    if (this.last.length > WINDOW) this.last.shift()
    return [...this.last].sort((a, b) => a - b)[Math.floor(this.last.length / 2)] ?? ms
  }
}

/** One `inbound-rtp` report of getStats, as far as it is used. Seconds, summed since the beginning. */
export interface Inbound {
  totalProcessingDelay?: number
  framesDecoded?: number
  framesPerSecond?: number
}

/** Mean of the frames between two reports, ms. */
export function holdingOf(before: Inbound | null, now: Inbound): number | null {
  const frames = (now.framesDecoded ?? 0) - (before?.framesDecoded ?? 0)
  if (!before || frames <= 0 || now.totalProcessingDelay === undefined) return null
  return ((now.totalProcessingDelay - (before.totalProcessingDelay ?? 0)) / frames) * 1000
}
