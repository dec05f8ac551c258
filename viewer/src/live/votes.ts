// The offset between two clocks that stamp the same frames: the capture's own (µs, of raw frames) and the page's (of frames
// on the screen). Every pair of recent stamps votes for its difference; frames that are the same agree to a tenth of a
// millisecond, others scatter with the camera's jitter. A camera without jitter leaves it open: null. Pure.

const BIN_US = 200 // both clocks are rounded to 0.1 ms
const LEAST = 12
const CLEAR = 1.5

export class Votes {
  private readonly bins = new Map<number, { count: number; sum: number }>()
  private found: number | null = null

  add(raws: readonly number[], shownUs: number): void {
    if (this.found !== null) return
    for (const us of raws) this.vote(us - shownUs)
    this.decide()
  }

  /** raw = shown + offset; null = not known. */
  get offset(): number | null {
    return this.found
  }

  /** Into two bins that overlap by half: what lies at a border of one is in the middle of the other. */
  private vote(difference: number): void {
    const half = Math.floor(difference / (BIN_US / 2))
    for (const name of [half - 1, half]) {
      const bin = this.bins.get(name) ?? { count: 0, sum: 0 }
      this.bins.set(name, { count: bin.count + 1, sum: bin.sum + difference })
    }
  }

  private decide(): void {
    let [best, name] = [{ count: 0, sum: 0 }, 0]
    for (const [at, bin] of this.bins) if (bin.count > best.count) [best, name] = [bin, at]
    let second = 0
    for (const [at, bin] of this.bins) if (Math.abs(at - name) > 2) second = Math.max(second, bin.count)
    if (best.count >= LEAST && best.count > CLEAR * second) this.found = best.sum / best.count
    if (this.bins.size > 4_096) this.bins.clear()
  }
}
