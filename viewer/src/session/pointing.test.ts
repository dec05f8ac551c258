// Everybody's pointer.
import { describe, expect, it } from 'vitest'

import { deliver, fastSent, two } from './looking_words.testing'
import { ZERO_MS } from './looking.testing'
import type { Page } from './looking.testing'
import { GONE_MS } from './pointing'
import { Counter, FAST_EVERY_MS } from './sending'
import type { ParticipantId, TrackId } from './wire.gen'

const TWO = 2 as ParticipantId

describe('pointers', () => {
  const there = { track: 7 as TrackId, viewport: 0, x: 0.5, y: 0.25 }
  const pointing = (page: Page) => [...page.together.pointing()]

  it('are everybody’s own, said again while held still, and gone when taken away', () => {
    const { world, leader, follower } = two()
    follower.do((together) => together.point(there))
    world.clock.pass(0)
    expect(pointing(leader)).toMatchObject([[TWO, { track: 7 }]])
    expect(pointing(leader)[0]![1].x).toBeCloseTo(0.5, 4)
    world.clock.pass(20_000)
    expect(pointing(leader)).toHaveLength(1)
    expect(fastSent(world).length).toBeLessThan(25)
    follower.do((together) => together.point(null))
    world.clock.pass(FAST_EVERY_MS)
    expect(pointing(leader)).toEqual([])
    world.sent.length = 0
    world.clock.pass(20_000)
    expect(world.sent).toEqual([])
  })

  it('go by themselves when nothing is heard any more, and with who left', () => {
    const { world, leader, follower } = two()
    follower.do((together) => together.point(there))
    world.clock.pass(0)
    follower.online = false
    world.clock.pass(GONE_MS)
    expect(pointing(leader)).toEqual([])
    const late = fastSent(world).at(-1)!.header.counter - 1
    deliver(leader, { kind: 'pointer', track: 0, x: 1, y: 1, shown: true }, late, 0, 2)
    expect(pointing(leader)).toEqual([])
    deliver(leader, { kind: 'pointer', track: 0, x: 1, y: 1, shown: true }, late + 2, 0, 2)
    expect(pointing(leader)).toHaveLength(1)
    world.write({ type: 'left', participant: TWO, reason: 'left' })
    world.clock.pass(0)
    expect(pointing(leader)).toEqual([])
  })
})

describe('counters', () => {
  it('go on above a reload, over the wrap, and are never 0', () => {
    const first = new Counter(() => ZERO_MS)
    const many = Array.from({ length: 50 }, () => first.next(10))
    expect(new Set(many).size).toBe(50)
    expect(new Counter(() => ZERO_MS).next(500)).toBeGreaterThan(many.at(-1)!)
    const wrapping = new Counter(() => 2 ** 32 - 2)
    expect([0, 1, 2, 3].map((now) => wrapping.next(now))).toEqual([2 ** 32 - 2, 2 ** 32 - 1, 1, 2])
  })
})
