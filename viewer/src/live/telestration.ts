// Which marks belong on the frame that is presented right now. Pure: frames and marks in, drawings out.
//
// A mark belongs to the picture content of its frame key K. Video goes on, so it is drawn on the first presented frame
// that is K or after it, and on those that follow, until it fades or is taken back; never on a frame before K. If K itself
// never came here, or is not within WAIT_US of its event, the mark sits on the nearest earlier frame that was shown, and
// says so (`lost`). A frame that came and that the screen left out is not lost. docs/looking.md has the same rule in words.
import { alphaOf } from '../marks/draw'
import { ahead } from '../session/rtp'
import { FADES_US } from '../session/wire.gen'
import type { MarkState, ParticipantId, TrackId } from '../session/wire.gen'

const KEPT = 1_024 // frames: half a minute at 30/s, longer than a mark is on its way
const WAIT_US = 1_500_000 // the line's delay apart, a frame key that is still ahead will not come any more

/** What became of a mark's frame key here. `exact`: its frame came; `early`: it was drawn before this page saw its first
 * frame. */
export type Anchor = 'exact' | 'lost' | 'early'

export interface Drawing {
  state: MarkState
  anchor: Anchor
  /** RTP timestamp of the frame it sits on; null where there was none. */
  at: number | null
  /** 0 to 1 */
  alpha: number
}

/** Frames of one track. */
class Seen {
  private readonly ring: number[] = []
  private readonly known = new Set<number>()

  /** The same one again (a repaint) is no news. */
  add(rtp: number): void {
    if (this.known.has(rtp)) return
    this.ring.push(rtp)
    this.known.add(rtp)
    const old = this.ring.length > KEPT ? this.ring.shift() : undefined
    if (old !== undefined) this.known.delete(old)
  }

  get current(): number | null {
    return this.ring[this.ring.length - 1] ?? null
  }

  has(rtp: number): boolean {
    return this.known.has(rtp)
  }

  /** The last frame before `rtp`. */
  before(rtp: number): number | null {
    let best: number | null = null
    for (const one of this.ring) {
      if (ahead(one, rtp) <= 0 && (best === null || ahead(one, best) > 0)) best = one
    }
    return best
  }
}

export class Telestration {
  private readonly presented = new Seen()
  private readonly arrived = new Seen()
  private blind = false
  /** Decided once: what a mark sits on does not change while one looks at it. */
  private readonly anchors = new Map<string, { anchor: Anchor; at: number | null }>()

  /** `came`: whether a frame was here, on the screen or not; by default those that `arrive`. */
  constructor(
    readonly track: TrackId,
    private readonly came = (rtp: number): boolean => this.arrived.has(rtp),
  ) {}

  /** A frame is decoded: it may be on the screen soon, or never. */
  arrive(rtp: number): void {
    this.arrived.add(rtp)
  }

  /** A frame is presented. `rtp`: its key; null = not known: it counts as what came before it. */
  present(rtp: number | null): void {
    if (rtp !== null) this.presented.add(rtp)
    this.blind = this.presented.current === null
  }

  get current(): number | null {
    return this.presented.current
  }

  /** What to draw on the current frame. `now`: session µs. */
  drawings(marks: readonly MarkState[], now: number): Drawing[] {
    const here = marks.filter((one) => one.mark.frame?.track === this.track)
    this.forget(here)
    return here.flatMap((state) => {
      const alpha = alphaOf(state.mark.fades, now - state.t, FADES_US)
      const anchored = alpha > 0 ? this.anchor(state, now) : null
      return anchored ? [{ state, alpha, ...anchored }] : []
    })
  }

  private anchor(state: MarkState, now: number): { anchor: Anchor; at: number | null } | null {
    const rtp = state.mark.frame?.rtp
    const current = this.presented.current
    if (rtp === undefined) return null
    if (current === null) return this.blind ? { anchor: 'lost', at: null } : null
    const name = nameOf(state.participant, state.mark.key)
    const before = this.anchors.get(name)
    if (before) return before
    if (ahead(rtp, current) > 0 && (this.came(rtp) || now - state.t < WAIT_US)) return null
    const decided = this.decide(rtp)
    this.anchors.set(name, decided)
    return decided
  }

  private decide(rtp: number): { anchor: Anchor; at: number | null } {
    if (this.presented.has(rtp) || this.came(rtp)) return { anchor: 'exact', at: rtp }
    const at = this.presented.before(rtp)
    return { anchor: at === null ? 'early' : 'lost', at }
  }

  private forget(here: readonly MarkState[]): void {
    if (this.anchors.size <= here.length) return
    const names = new Set(here.map((one) => nameOf(one.participant, one.mark.key)))
    for (const name of this.anchors.keys()) if (!names.has(name)) this.anchors.delete(name)
  }
}

function nameOf(participant: ParticipantId, key: string): string {
  return `${participant} ${key}`
}
