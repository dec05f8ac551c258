// The offset between two clocks that stamp the same frames: the capture's own (µs, of raw frames) and the page's (of frames
// on the screen). Every pair of recent stamps votes once for its difference, whichever of the two is known first: a frame
// may be seen before it is sent. Frames that are the same agree to a tenth of a millisecond, others scatter with the
// camera's jitter. A camera without jitter leaves it open: null. Pure.

const BIN_US = 200 // both clocks are rounded to 0.1 ms
const RECENT = 12 // longer than a frame is on its way, to the screen or through the encoder
const LEAST = 12
const CLEAR = 1.5

export class Votes {
  private readonly bins = new Map<number, { count: number; sum: number }>()
  private found: number | null = null
  private readonly captures: number[] = []
  private readonly shows: number[] = []

  /** A frame was sent. */
  captured(us: number): void {
    if (this.found !== null || !remember(this.captures, us)) return
    for (const shown of this.shows) this.vote(us - shown)
    this.decide()
  }

  /** A frame is on the screen. */
  shown(us: number): void {
    if (this.found !== null || !remember(this.shows, us)) return
    for (const raw of this.captures) this.vote(raw - us)
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

/** False: it was there already. */
function remember(recent: number[], us: number): boolean {
  if (recent.includes(us)) return false
  recent.push(us)
  if (recent.length > RECENT) recent.shift()
  return true
}
