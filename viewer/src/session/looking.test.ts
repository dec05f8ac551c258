// What a follower sees of the leader, and what it looks at on its own.
import { describe, expect, it } from 'vitest'

import { area, deliver, fastArea, hand, image, lead, shows, two, voi } from './looking_words.testing'
import { STALE_MS } from './moving'
import type { ParticipantId } from './wire.gen'

const ONE = 1 as ParticipantId

describe('a follower', () => {
  it('takes only the holder, under its epoch, in a viewport there is, and only what is newer', () => {
    const { follower } = two()
    deliver(follower, fastArea(1), 10)
    deliver(follower, fastArea(2), 9)
    deliver(follower, fastArea(3), 10)
    deliver(follower, fastArea(4), 11, 2)
    deliver(follower, fastArea(5), 11, 1, 3)
    deliver(follower, fastArea(6), 11, 1, 1, 4)
    deliver(follower, fastArea(7), 11, 1, 0)
    expect(shows(follower).area).toEqual(area(1))
    deliver(follower, { kind: 'voi', centre: 5, width: 0, invert: true }, 8) // another group
    expect(shows(follower).voi).toEqual({ ...voi(5), width: 1, invert: true })
  })

  it('takes nothing for its own, and from garbage nothing', () => {
    const { follower, leader } = two()
    deliver(leader, fastArea(1), 10)
    follower.do((together, nowMs) => together.fast(Uint8Array.of(1, 2, 3), nowMs))
    expect([shows(leader).area, shows(follower).area]).toEqual([null, null])
  })

  it('lets a View at rest stand over older fast messages and under newer ones, in whichever order they come', () => {
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ]) {
      const { world, follower } = two()
      const steps = [
        () => deliver(follower, fastArea(1), 100),
        () =>
          world.write(
            {
              type: 'view_changed',
              epoch: 1,
              viewport: 0,
              image: null,
              area: area(2),
              voi: null,
              cine: null,
              counter: 101,
            },
            1,
          ),
        () => deliver(follower, fastArea(3), 102),
      ]
      for (const n of order) {
        steps[n]!()
        world.clock.pass(0)
      }
      expect(shows(follower).area, String(order)).toEqual(area(3))
    }
  })

  it('takes a View without a counter for the newest', () => {
    const { world, follower } = two()
    deliver(follower, fastArea(1), 100)
    world.write({
      type: 'view_changed',
      epoch: 1,
      viewport: 0,
      image: null,
      area: area(2),
      voi: null,
      cine: null,
      counter: 0,
    })
    world.clock.pass(0)
    deliver(follower, fastArea(3), 99)
    expect(shows(follower).area).toEqual(area(2))
  })

  it('forgets what nobody followed up, and all of it under a new epoch', () => {
    const { world, follower } = two()
    deliver(follower, fastArea(1), 10)
    world.clock.pass(STALE_MS - 1)
    expect(shows(follower).origin).toBe('moving')
    world.clock.pass(1)
    expect(shows(follower)).toMatchObject({ area: null, origin: 'rest' })
    deliver(follower, fastArea(2), 11)
    lead(world, 1, 2)
    world.clock.pass(0)
    expect(shows(follower)).toMatchObject({ area: null, origin: 'rest' })
  })

  it('shows the frame under the leader’s hand and does not play it', () => {
    const { world, follower } = two()
    world.write(
      {
        type: 'view_changed',
        epoch: 1,
        viewport: 0,
        image: null,
        area: null,
        voi: null,
        cine: { playing: true, rate: 3_000, frame: 1 },
        counter: 0,
      },
      1,
    )
    world.clock.pass(0)
    deliver(follower, { kind: 'image', instance: '1.1.1.8', frame: 30 }, 10)
    expect(shows(follower)).toMatchObject({ image: image('1', 8, 30), cine: { playing: false, frame: 30 } })
  })

  it('never sends what it was shown', () => {
    const { world, leader, follower } = two()
    world.sent.length = 0
    for (let n = 0; n < 50; n++) {
      hand(leader, { area: area(n), voi: voi(n) })
      world.clock.pass(20)
      expect(follower.together.change(0, { area: area(999) }, 0, world.clock.now)).toBe(false)
    }
    world.clock.pass(10_000)
    expect(world.sent.every(({ by }) => by === ONE)).toBe(true)
  })
})

describe('looking on one’s own', () => {
  it('begins with what there is, stays mine, and ends where the leader is', () => {
    const { world, leader, follower } = two()
    hand(leader, { area: area(5) })
    world.clock.pass(0)
    follower.do((together) => together.lookOnMyOwn())
    expect(shows(follower)).toMatchObject({ area: area(5), origin: 'mine' })
    hand(follower, { voi: voi(8) })
    hand(leader, { area: area(6) })
    world.clock.pass(1_000)
    expect(shows(follower)).toMatchObject({ area: area(5), voi: voi(8) })
    follower.do((together) => together.changeOwnLayout(1, 2))
    hand(follower, { image: image('3', 1) }, 1)
    expect(follower.together.sight()).toMatchObject({ columns: 2, following: false })
    expect(world.sent.every(({ by }) => by === ONE)).toBe(true)
    follower.do((together) => together.rejoin())
    expect(follower.together.sight()).toMatchObject({ columns: 1, following: true })
    expect(shows(follower)).toMatchObject({ area: area(6), voi: voi(0) })
  })

  it('is not for who leads, and loses a picture that is taken out', () => {
    const { world, leader, follower } = two()
    leader.do((together) => together.lookOnMyOwn())
    expect(leader.together.sight().following).toBe(true)
    follower.do((together) => together.lookOnMyOwn())
    world.write({ type: 'study_withdrawn', study: image('1', 1).study }, 1)
    world.clock.pass(0)
    expect(shows(follower).image).toBeNull()
    lead(world, 2, 2)
    world.clock.pass(0)
    expect(follower.together.sight()).toMatchObject({ leading: true, following: true })
  })
})
