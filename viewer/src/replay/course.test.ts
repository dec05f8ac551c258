// What a replay shows is what was live: a simulated consultation is watched by one of its pages, then replayed.
import { describe, expect, it } from 'vitest'

import { chance } from '../dicom/chance.testing'
import { area, AT_ONCE, hand, image, lead, voi } from '../session/looking_words.testing'
import { World } from '../session/looking.testing'
import type { Page } from '../session/looking.testing'
import { EMPTY_STATE } from '../session/fold'
import type { LogEvent, TrackId } from '../session/wire.gen'
import { Course, STRIDE } from './course'
import type { Fast } from './lane'
import { Onlooker } from './onlooker'

const said = (n: number): LogEvent =>
  ({
    seq: n,
    t: n * 1000,
    by: 1,
    body: { type: 'chat_said', participant: 1, key: String(n), text: '', attachment: null },
  }) as unknown as LogEvent

describe('the course', () => {
  const log = Array.from({ length: 1_000 }, (_, n) => said(n + 1))

  it('has the state of any time, wherever it was before', () => {
    const course = new Course()
    course.add(log)
    const dice = chance(1)
    for (let n = 0; n < 200; n++) {
      const t = Math.floor(dice() * 1_010_000)
      expect(course.stateAt(t).seq).toBe(Math.min(1_000, Math.floor(t / 1000)))
    }
    expect(course.stateAt(-1)).toBe(EMPTY_STATE)
  })

  it('folds no more than a stride for a jump, once it has been there', () => {
    const course = new Course()
    const folded = new Set<number>()
    const watched = (event: LogEvent): LogEvent =>
      Object.defineProperty({ ...event }, 'body', { get: () => (folded.add(event.seq), event.body) })
    course.add(log.map(watched))
    course.stateAt(2_000_000)
    for (const t of [399_999, 900_000, 100_000, 750_500]) {
      folded.clear()
      course.stateAt(t)
      expect(folded.size).toBeLessThanOrEqual(STRIDE)
    }
  })

  it('goes by a state of the server where events are still to come', () => {
    const course = new Course()
    course.add(log.slice(0, 10))
    course.keep(500_000, { ...EMPTY_STATE, seq: 500 })
    expect([course.stateAt(600_000).seq, course.reaches(600_000)]).toEqual([500, false])
    expect(course.stateAt(400_000).seq).toBe(10)
    course.add(log)
    expect([course.stateAt(600_000).seq, course.reaches(600_000)]).toEqual([600, true])
  })

  it('tells what happened between two times', () => {
    const course = new Course()
    course.add(log)
    expect(course.between(3_000, 6_500).map(({ event, state }) => [event.seq, state.seq])).toEqual([
      [4, 4],
      [5, 5],
      [6, 6],
    ])
  })
})

const EVERY_MS = 40

interface Watched {
  events: LogEvent[]
  fast: Fast[]
  /** What the follower's page showed, by time in ms. */
  seen: Map<number, string>
}

const shown = ({ together }: Pick<Page, 'together'>): string => {
  const { rows, columns, viewports } = together.sight()
  return JSON.stringify([rows, columns, viewports, [...together.pointing()]])
}

/** A leader who drags, scrolls, points and shares; what the follower sees of it meanwhile. */
function watched(seed: number): Watched {
  const dice = chance(seed)
  const pick = (most: number): number => Math.floor(dice() * most)
  const found: Watched = { events: [], fast: [], seen: new Map() }
  const world = new World()
  record(world, found)
  const [leader, follower] = [world.arrive(1, AT_ONCE), world.arrive(2, AT_ONCE)]
  lead(world, 1, 1)
  const first = { image: image('1', 1), area: null, voi: voi(0), cine: null, counter: 0 }
  world.write({ type: 'view_changed', epoch: 1, viewport: 0, ...first }, 1)
  const changes = [
    () => ({ area: area(pick(1e8)) }),
    () => ({ voi: voi(pick(1e6)) }),
    () => ({ image: image('1', pick(50)) }),
    () => ({ image: image(String(pick(3)), pick(50)) }),
    () => ({ cine: { playing: dice() < 0.5, rate: 1_000, frame: 1 } }),
  ]
  const nowhere = { track: 0 as TrackId, viewport: 0 }
  for (let n = 0; n < 300; n++) {
    const what = dice()
    const at = dice() < 0.2 ? null : { ...nowhere, x: dice(), y: 0.5 }
    if (what < 0.5) hand(leader, changes[pick(changes.length)]!())
    else if (what < 0.8) leader.do((together) => together.point(at))
    else if (what < 0.83) world.write({ type: 'layout_changed', epoch: 1, rows: 1, columns: 1 + pick(2) }, 1)
    world.clock.pass(what > 0.97 ? EVERY_MS * pick(150) : EVERY_MS)
    found.seen.set(world.clock.now, shown(follower))
    world.clock.pass(1) // what comes next is not of this moment
  }
  return found
}

/** What the log keeps, and what the plane relays. */
function record(world: World, found: Watched): void {
  const write = world.write.bind(world)
  world.write = (body, by = 0) => {
    write(body, by)
    found.events.push({ seq: world.state.seq, t: Math.round(world.clock.now * 1000), by, body })
  }
  const relay = world.relay.bind(world)
  world.relay = (by, bytes) => {
    relay(by, bytes)
    const relayed = bytes.slice()
    new DataView(relayed.buffer).setUint16(9, by)
    found.fast.push({ t: Math.round(world.clock.now * 1000), bytes: relayed })
  }
}

describe('the pictures of a replay', () => {
  it.each(Array.from({ length: 10 }, (_, n) => n))('are those of the live page at every moment (seed %i)', (seed) => {
    const { events, fast, seen } = watched(seed)
    const course = new Course()
    course.add(events)
    const lane = { between: (from: number, to: number) => fast.filter(({ t }) => t > from && t <= to) }
    const played = new Onlooker(course, lane)
    for (const [ms, live] of seen) {
      played.go(ms * 1000)
      expect(shown({ together: played.together }), `played to ${ms} ms`).toBe(live)
    }
    const dice = chance(seed)
    const times = [...seen.keys()]
    for (let n = 0; n < 60; n++) {
      const ms = times[Math.floor(dice() * times.length)]!
      played.go(ms * 1000)
      expect(shown({ together: played.together }), `jumped to ${ms} ms`).toBe(seen.get(ms))
    }
    expect(fast.length).toBeGreaterThan(50)
  })

  it('stay where I look on my own, whatever the leader does', () => {
    const { events, fast, seen } = watched(3)
    const course = new Course()
    course.add(events)
    const played = new Onlooker(course, { between: (from, to) => fast.filter(({ t }) => t > from && t <= to) })
    const end = Math.max(...seen.keys()) * 1000
    played.go(end / 2)
    played.together.lookOnMyOwn()
    expect(played.together.change(0, { area: area(7) }, 0, 0)).toBe(true)
    const mine = played.sight().viewports[0]
    played.go(end)
    played.go(0)
    played.go(end)
    expect(played.sight().viewports[0]?.area).toEqual(mine?.area)
    played.together.rejoin()
    expect(shown({ together: played.together })).toBe([...seen.values()].at(-1))
  })
})
