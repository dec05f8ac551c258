// The shared pictures of a replay: the live page's own looking together, fed with what was logged and relayed, in the order
// and at the times in which it was. Sans-IO.
import { LookingTogether } from '../session/looking'
import type { Sight } from '../session/looking'
import type { Pointing } from '../session/pointing'
import type { ParticipantId } from '../session/wire.gen'
import type { Course, Happened } from './course'
import type { Fast, Lane } from './lane'

const NOBODY = -1 // who looks on was not there; 0 is the log's own word for nobody, as when nobody leads
/** Nothing fast lasts longer (session/moving.ts, session/pointing.ts): a jump need not look back further. */
const BACK_US = 4_000_000
/** More than this at once is a jump. */
const STEP_US = 2_000_000

type Step = { readonly t: number } & ({ readonly happened: Happened } | { readonly fast: Fast })

export class Onlooker {
  readonly together = new LookingTogether(() => 0)
  private at = -1

  constructor(
    private readonly course: Course,
    private readonly lane: Pick<Lane, 'between'>,
  ) {}

  /** The clock is at `t`. */
  go(t: number): void {
    if (this.at < 0 || t < this.at || t - this.at > STEP_US) this.jump(Math.max(-1, t - BACK_US))
    for (const step of this.steps(t)) {
      if ('fast' in step) this.together.fast(step.fast.bytes, step.t / 1000)
      else this.together.follow(step.happened.state, NOBODY, [step.happened.event])
    }
    this.together.poll(t / 1000)
    this.at = t
  }

  /** Something of the past came late: go over it again. */
  anew(): void {
    this.at = -1
  }

  sight(): Sight {
    return this.together.sight()
  }

  pointing(): ReadonlyMap<ParticipantId, Pointing> {
    return this.together.pointing()
  }

  private jump(t: number): void {
    this.together.forgetFast()
    this.together.follow(this.course.stateAt(t), NOBODY, [])
    this.at = t
  }

  private steps(to: number): Step[] {
    const happened = this.course.between(this.at, to).map((one): Step => ({ t: one.event.t, happened: one }))
    const fast = this.lane.between(this.at, to).map((one): Step => ({ t: one.t, fast: one }))
    return fast.length === 0 ? happened : [...happened, ...fast].sort((a, b) => a.t - b.t)
  }
}
