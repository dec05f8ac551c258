// Latest wins, not too often.
import { describe, expect, it } from 'vitest'

import { chance } from '../dicom/chance.testing'
import { Pace } from './pace'

const EVERY = 100
const SLACK = 50

describe('a pace', () => {
  it('gives out the first at once and then only the newest, when it is due', () => {
    const pace = new Pace<string, number>(EVERY)
    pace.put('a', 1)
    expect(pace.poll(10)).toEqual([['a', 1]])
    pace.put('a', 2)
    pace.put('a', 3)
    expect([pace.poll(109), pace.deadline()]).toEqual([[], 110])
    expect([pace.poll(110), pace.deadline()]).toEqual([[['a', 3]], null])
  })

  it('does not hold up a rhythm that is its own but uneven', () => {
    const pace = new Pace<string, number>(EVERY, SLACK)
    const waits = [0, 130, 200, 345, 400, 535, 600].map((at) => {
      pace.put('a', at)
      return pace.poll(at).length
    })
    expect(waits).toEqual([1, 1, 1, 1, 1, 1, 1])
  })

  it.each([0, SLACK])('is never more often than it may be, but for a slack of %i once', (slack) => {
    const next = chance(7)
    const pace = new Pace<string, number>(EVERY, slack)
    const out: number[] = []
    for (let now = 0; now < 60_000; now += next() < 0.02 ? 700 * next() : 40 * next()) {
      pace.put('a', now)
      if (pace.poll(now).length > 0) out.push(now)
    }
    expect(out.length).toBeGreaterThan(300)
    // How long each came after every one before it, less than it should have.
    const early = out.flatMap((at, n) => out.slice(0, n).map((before, m) => (n - m) * EVERY - (at - before)))
    expect(early.reduce((most, one) => Math.max(most, one))).toBeLessThanOrEqual(slack + 1e-6)
  })
})
