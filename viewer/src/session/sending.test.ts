// The leader's hand, on its way to the others.
import { describe, expect, it } from 'vitest'

import { area, fastSent, hand, image, lead, shows, two, viewsSent, voi } from './looking_words.testing'
import type { Page } from './looking.testing'
import { AGAIN_MS, AT_REST_MS, FAST_EVERY_MS, FAST_SLACK_MS } from './sending'

describe('the leader', () => {
  it('sees its hand at once, the others the same thing moving, and then at rest', () => {
    const { world, leader, follower } = two()
    hand(leader, { area: area(7) })
    expect(shows(leader)).toMatchObject({ area: area(7), origin: 'mine' })
    world.clock.pass(0)
    expect(shows(follower)).toMatchObject({ area: area(7), origin: 'moving' })
    expect(world.state.looking.viewports[0]!.area).toBeNull()
    world.clock.pass(AT_REST_MS)
    expect(world.state.looking.viewports[0]!.area).toEqual(area(7))
    expect([shows(leader).origin, shows(follower).origin]).toEqual(['rest', 'rest'])
    expect(viewsSent(world)).toHaveLength(1)
  })

  it('sends the newest, at most thirty times a second for each group, and comes to rest once', () => {
    const { world, leader } = two()
    for (let n = 0; n < 200; n++) {
      hand(leader, { area: area(n) })
      if (n % 2) hand(leader, { voi: voi(n) })
      world.clock.pass(5)
    }
    world.clock.pass(AT_REST_MS)
    for (const kind of ['area', 'voi']) {
      const times = fastSent(world)
        .filter(({ body }) => body.kind === kind)
        .map(({ atMs }) => atMs)
      expect(times.length).toBeGreaterThan(25)
      const early = times.flatMap((at, n) =>
        times.slice(0, n).map((before, m) => (n - m) * FAST_EVERY_MS - (at - before)),
      )
      expect(early.reduce((most, one) => Math.max(most, one))).toBeLessThanOrEqual(FAST_SLACK_MS + 1e-6)
    }
    expect(viewsSent(world)).toHaveLength(1)
    expect(world.state.looking.viewports[0]).toMatchObject({ area: area(199), voi: voi(199) })
  })

  it('says at once what the fast lane cannot, and nothing fast before the log has it', () => {
    const { world, leader, follower } = two({ delay: () => 40, lost: () => false })
    world.sent.length = 0
    hand(leader, { image: image('2', 1) })
    hand(leader, { area: area(3) })
    expect(viewsSent(world)).toMatchObject([{ image: image('2', 1) }])
    expect(fastSent(world)).toEqual([])
    expect(shows(leader)).toMatchObject({ image: image('2', 1), area: area(3), voi: null })
    world.clock.pass(1_000)
    expect(shows(follower)).toMatchObject({ image: image('2', 1), area: area(3), voi: null })
    world.sent.length = 0
    hand(leader, { voi: { ...voi(5), function: 'sigmoid' } })
    hand(leader, { cine: { playing: true, rate: 3_000, frame: 1 } })
    expect(fastSent(world)).toEqual([])
    world.clock.pass(1_000)
    expect(world.state.looking.viewports[0]).toMatchObject({ voi: { function: 'sigmoid' }, cine: { playing: true } })
  })

  it('goes on dragging while a View at rest is on its way, and is not thrown back by its answer', () => {
    const { world, leader } = two({ delay: () => 100, lost: () => false })
    hand(leader, { area: area(1) })
    world.clock.pass(AT_REST_MS + 50) // on its way
    hand(leader, { area: area(2) })
    for (let ms = 0; ms < 400; ms += 10) {
      world.clock.pass(10)
      expect(shows(leader).area).toEqual(area(2))
    }
    world.clock.pass(1_000)
    expect(shows(leader)).toMatchObject({ area: area(2), origin: 'rest' })
  })

  it('is where the log is when its View is refused, and tries again what was refused for now only', () => {
    const { world, leader } = two()
    const views: Parameters<Page['together']['refused']>[0][] = []
    world.changeView = (_by, _epoch, view) => views.push(view) > 0 // neither taken nor refused yet
    hand(leader, { area: area(1) })
    world.clock.pass(AT_REST_MS)
    leader.do((together, nowMs) => together.refused(views[0]!, true, nowMs))
    expect(shows(leader).area).toEqual(area(1))
    world.clock.pass(AGAIN_MS)
    expect(views).toHaveLength(2)
    leader.do((together, nowMs) => together.refused(views[1]!, false, nowMs))
    expect(shows(leader)).toMatchObject({ area: null, origin: 'rest' })
    world.clock.pass(60_000)
    expect(views).toHaveLength(2)
  })

  it('sends nothing more once somebody else leads, and nothing of a picture taken out or replaced by the server', () => {
    const { world, leader } = two()
    hand(leader, { area: area(1) })
    lead(world, 2, 2)
    world.clock.pass(0)
    world.sent.length = 0
    world.clock.pass(1_000)
    expect(leader.together.change(0, { area: area(9) }, 0, world.clock.now)).toBe(false)
    lead(world, 1, 3)
    world.clock.pass(0)
    hand(leader, { area: area(2) })
    world.write({
      type: 'view_changed',
      epoch: 3,
      viewport: 0,
      image: image('9', 1),
      area: null,
      voi: null,
      cine: null,
      counter: 0,
    })
    world.clock.pass(1_000)
    expect(viewsSent(world)).toEqual([])
    expect(shows(leader)).toMatchObject({ image: image('9', 1), area: null })
    hand(leader, { area: area(4) })
    world.write({ type: 'study_withdrawn', study: image('9', 1).study }, 1)
    world.clock.pass(1_000)
    expect(viewsSent(world)).toEqual([])
    expect(shows(leader).image).toBeNull()
  })
})
