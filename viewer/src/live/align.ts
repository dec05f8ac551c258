// Which raw frame an encoded one is. The browser names them by two clocks: the raw one by its capture (µs), the encoded
// one by its RTP timestamp, which is the same capture in whole ms plus an offset that nobody tells. Once that offset is
// known a frame is found by its time; to find it, pictures are compared: from a keyframe on, what the encoder sent is
// decoded and each offset that could be is weighed by how far its raw frames differ. Too close to call = not known: a wrong
// frame would be a wrong picture. Pure.
import { ahead } from '../session/rtp'
import { SAME_US } from './sent'

/** A pair that belongs together. */
interface Anchor {
  rtp: number
  us: number
}
interface Candidate {
  anchor: Anchor
  sum: number
  count: number
}

const LOOK_BACK_US = 500_000 // longer than an encoder takes
const CLEAR = 0.75 // the best differs so much less than the second best,
const RIGHT = 0.5 // and than the middle one: the true raw frame may be missing, and then the best is not it
const LEAST = 8 // frames that were weighed
const MOST = 120 // four seconds without a decision: the picture stands still; the next keyframe is another chance
const MISSES = 12 // frames in a row without their raw one: by then the browser's correction, 3 ms each, is a frame far
const CONTRADICTIONS = 3 // frames in a row that say that the offset is another one now
const REGULAR = 1.5 // raw frames this much further apart than usual: one between them may be missing

export class Alignment {
  private anchor: Anchor | null = null
  private candidates: Candidate[] = []
  private weighed = 0
  private missed = 0
  private contradicted = 0

  get known(): boolean {
    return this.anchor !== null
  }

  /** Pictures are wanted: the candidates are not decided between yet. */
  get weighing(): boolean {
    return this.candidates.length > 0
  }

  /** Another sender, another offset. */
  reset(): void {
    this.anchor = null
    this.candidates = []
    this.missed = 0
    this.contradicted = 0
  }

  /** A keyframe: any raw frame of the last moments may be it. */
  begin(rtp: number, raws: readonly number[]): void {
    this.weighed = 0
    this.candidates = []
    this.join(rtp, raws)
  }

  /** A frame was decoded. `difference`: how far it is from the raw frame of that time; null = cannot be said. */
  weigh(rtp: number, raws: readonly number[], difference: (us: number) => number | null): void {
    if (this.weighed < LEAST) this.join(rtp, raws)
    for (const one of this.candidates) {
      const us = nearest(one.anchor, rtp, raws)
      const differs = us === null ? null : difference(us)
      if (us === null || differs === null) continue
      one.anchor = { rtp, us }
      one.sum += differs
      one.count += 1
    }
    this.weighed += 1
    this.decide()
  }

  /** The raw frame of this encoded one; null = not known. An offset that the frames contradict is given up: the browser
   * begins a new one when a frame comes to it more than 300 ms late (libwebrtc, TimestampAligner). */
  pair(rtp: number, raws: readonly number[]): number | null {
    if (!this.anchor) return null
    const us = nearest(this.anchor, rtp, raws)
    if (us === null) return this.miss(isBetween(expected(this.anchor, rtp), raws))
    if (!inOrder(this.anchor, { rtp, us })) return this.miss(true)
    this.anchor = { rtp, us }
    this.missed = 0
    this.contradicted = 0
    return us
  }

  /** When the frame with this key was captured, by the offset alone: for one that is not among the raw ones, or that was
   * never sent. Null = the offset is not known, or in doubt. */
  timeOf(rtp: number): number | null {
    return this.anchor && this.contradicted === 0 ? expected(this.anchor, rtp) : null
  }

  private miss(contradicts: boolean): null {
    this.missed += 1
    this.contradicted = contradicts ? this.contradicted + 1 : 0
    if (this.missed > MISSES || this.contradicted >= CONTRADICTIONS) this.reset()
    return null
  }

  /** Offsets that are no candidates yet: the first raw frame of the true one may have been dropped. */
  private join(rtp: number, raws: readonly number[]): void {
    const last = raws[raws.length - 1] ?? 0
    for (const us of raws) {
      const known = this.candidates.some((one) => Math.abs(expected(one.anchor, rtp) - us) <= SAME_US)
      if (!known && last - us <= LOOK_BACK_US) this.candidates.push({ anchor: { rtp, us }, sum: 0, count: 0 })
    }
  }

  private decide(): void {
    // The best of all, not of those that were weighed most often: it may be the one that missed a frame.
    const ranked = this.candidates.filter((one) => one.count * 3 >= this.weighed).sort((a, b) => mean(a) - mean(b))
    const [best, clear] = [ranked[0], isClear(ranked.map(mean))]
    if (best && clear && best.count >= LEAST) {
      this.anchor = best.anchor
      this.candidates = []
    } else if (this.weighed >= MOST) this.candidates = []
  }
}

/** Whether the first of these (in order) is apart from the others: far below the middle one, or, where coding made all of
 * them alike, by more than the others differ among themselves. */
function isClear(means: readonly number[]): boolean {
  const at = (share: number): number => means[Math.floor(means.length * share)] ?? 0
  const [best, second] = means
  if (best === undefined || second === undefined || best >= CLEAR * second) return false
  return best < RIGHT * at(0.5) || second - best > at(0.9) - second
}

function mean({ sum, count }: Candidate): number {
  return sum / count
}

/** When a frame was captured by this offset, µs. */
function expected(anchor: Anchor, rtp: number): number {
  return anchor.us + (ahead(rtp, anchor.rtp) * 1000) / 90
}

/** One raw frame is sent as one, and none overtakes another. The same one again is another layer of it. */
function inOrder(before: Anchor, now: Anchor): boolean {
  return Math.sign(ahead(now.rtp, before.rtp)) === Math.sign(now.us - before.us)
}

/** Whether no frame can have been captured then: it lies between two that follow each other as frames usually do here. */
function isBetween(us: number, raws: readonly number[]): boolean {
  const next = raws.findIndex((one) => one > us)
  if (next < 1) return false
  const steps = raws.slice(1).map((one, index) => one - (raws[index] ?? one))
  const usual = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0
  return (steps[next - 1] ?? 0) < REGULAR * usual
}

function nearest(anchor: Anchor, rtp: number, raws: readonly number[]): number | null {
  const wanted = expected(anchor, rtp)
  let best: number | null = null
  for (const us of raws) {
    if (Math.abs(us - wanted) <= SAME_US && (best === null || Math.abs(us - wanted) < Math.abs(best - wanted)))
      best = us
  }
  return best
}
