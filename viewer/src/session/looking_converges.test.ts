// Whatever the channels delay, lose and reorder, everybody ends at the leader's picture.
import { describe, expect, it } from 'vitest'

import { area, hand, image, lead, voi } from './looking_words.testing'
import { picture, World } from './looking.testing'
import type { Line } from './looking.testing'
import { chance } from '../dicom/chance.testing'
import type { Change } from './looking'
import { STALE_MS } from './moving'
import type { ParticipantId } from './wire.gen'

/** A bad line for each: loss up to a third, delays that reorder, and everything that people do. */
describe('all together', () => {
  const SEEDS = Array.from({ length: 40 }, (_, n) => 5_000 + n)

  it.each(SEEDS)('everybody ends at the leader’s picture (seed %i)', async (seed) => {
    const dice = chance(seed)
    const pick = (most: number): number => Math.floor(dice() * most)
    const loss = dice() / 3
    const line = (): Line => {
      const [base, jitter] = [pick(150), pick(400)]
      return { delay: () => base + dice() * jitter, lost: () => dice() < loss }
    }
    const world = new World()
    for (let n = 1; n <= 4; n++) world.arrive(n, line())
    let [epoch, holder] = [1, 1]
    lead(world, holder, epoch)
    for (let n = 0; n < 4; n++)
      world.write(
        {
          type: 'view_changed',
          epoch,
          viewport: 0,
          image: image('1', 1),
          area: null,
          voi: voi(0),
          cine: null,
          counter: 0,
        },
        1,
      )

    const something: (() => void)[] = [
      () => lead(world, (holder = 1 + pick(world.pages.size)), ++epoch),
      () => world.write({ type: 'layout_changed', epoch, rows: 1 + pick(2), columns: 1 + pick(2) }, holder),
      () =>
        world.write({
          type: 'view_changed',
          epoch,
          viewport: 0,
          image: image('9', pick(9)),
          area: null,
          voi: null,
          cine: null,
          counter: 0,
        }),
      () => world.pages.size < 6 && world.arrive(world.pages.size + 1, line()),
      () => {
        const page = world.pages.get((1 + pick(world.pages.size)) as ParticipantId)!
        page.cutOff()
        world.clock.after(pick(2_000), () => page.join())
      },
    ]
    const changes: (() => Change)[] = [
      () => ({ area: area(pick(1e8)) }),
      () => ({ area: area(pick(1e8)) }),
      () => ({ voi: voi(pick(1e6)) }),
      () => ({ image: image('1', pick(50)) }),
      () => ({ image: image(String(pick(3)), pick(50)) }),
      () => ({ cine: { playing: dice() < 0.5, rate: 1_000, frame: 1 } }),
      () => ({ voi: { ...voi(pick(1e6)), function: 'sigmoid' } }),
    ]
    for (let n = 0; n < 400; n++) {
      if (dice() < 0.04) something[pick(something.length)]!()
      const leader = world.pages.get(holder as ParticipantId)!
      hand(leader, changes[pick(changes.length)]!(), pick(leader.together.sight().viewports.length))
      world.clock.pass(pick(60))
    }
    world.clock.pass(STALE_MS + 10_000)

    const leader = await picture(world.pages.get(holder as ParticipantId)!)
    for (const page of world.pages.values()) expect(await picture(page)).toBe(leader)
    expect(world.state.seq).toBeGreaterThan(30)
  })
})
