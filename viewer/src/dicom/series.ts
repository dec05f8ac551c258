// A series as it becomes known: the picture that was asked for first, then all of them in the order of scrolling. It never
// needs the whole before it can show one.
import type { Picture } from '../session/wire.gen'
import { inOrder, ofFrame } from './metadata'
import type { Instance } from './metadata'
import type { Shot } from './provider'
import type { Source } from './source'

export class Series {
  shots: readonly Shot[] = []
  /** Whether all of it is known: only then its length means something. */
  whole = false
  private readonly control = new AbortController()

  constructor(
    private readonly source: Source,
    readonly asked: Picture,
  ) {}

  /** The instance that was asked for. Raises SourceFailed. */
  async first(): Promise<Instance> {
    const one = await this.source.instance(this.asked, this.control.signal)
    this.shots = shotsOf(one)
    return one
  }

  /** All the others. Raises SourceFailed; what is known stays, its shots being the same ones: they may be on the screen. */
  async rest(): Promise<void> {
    const all = await this.source.instances(this.asked.study, this.asked.series, this.control.signal)
    const known = this.shots[0]?.instance
    const others = all.filter((one) => one.instance !== known?.instance)
    const before = this.shots
    this.shots = inOrder(known ? [known, ...others] : others).flatMap((one) => (one === known ? before : shotsOf(one)))
    this.whole = true
  }

  /** -1: not known, or not yet. */
  placeOf(picture: Picture): number {
    return this.shots.findIndex((one) => one.instance.instance === picture.instance && one.frame === picture.frame)
  }

  /** The places that cine runs through: the frames of this instance, or, where it has but one, the whole series. */
  loop(picture: Picture): { from: number; count: number } {
    const from = this.shots.findIndex((one) => one.instance.instance === picture.instance)
    const frames = this.shots[from]?.instance.frames ?? 1
    return frames > 1 ? { from, count: frames } : { from: 0, count: this.shots.length }
  }

  close(): void {
    this.control.abort()
  }
}

function shotsOf(instance: Instance): Shot[] {
  return Array.from({ length: instance.frames }, (_, n) => ({ instance: ofFrame(instance, n + 1), frame: n + 1 }))
}
