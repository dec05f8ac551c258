import { describe, expect, it } from 'vitest'

import type { Entry, Timeline } from '../../session/timeline'
import { beginning, moved, placed, ticks, whole, xOf, zoomed } from './layout'

const S = 1_000_000
const entry = (t: number, what = 'joined', lane = 1): Entry => ({ t, what, lane }) as Entry
const course = (entries: Entry[], end = 3600 * S): Timeline =>
  ({ entries, end, answered: 5 * S }) as unknown as Timeline

describe('what is seen', () => {
  const all = whole(course([]))
  it('is at most the whole, and at least a moment', () => {
    expect(zoomed(all, all, 4, 0)).toEqual(all)
    let seen = all
    for (let n = 0; n < 60; n += 1) seen = zoomed(seen, all, 0.5, 10 * S)
    expect(seen.end - seen.begin).toBe(20_000)
    expect(seen.begin).toBeLessThanOrEqual(10 * S)
    expect(seen.end).toBeGreaterThanOrEqual(10 * S)
  })
  it('keeps the moment under the pointer where it is', () => {
    const before = { begin: 0, end: 100 * S }
    const after = zoomed(before, all, 0.5, 30 * S)
    expect(xOf(30 * S, after, 0, 1000)).toBeCloseTo(xOf(30 * S, before, 0, 1000))
  })
  it('does not leave the whole when it moves', () => {
    const seen = { begin: 0, end: 10 * S }
    expect(moved(seen, all, -5 * S)).toEqual(seen)
    expect(moved(seen, all, 1e15).end).toBe(all.end)
  })
  it('begins with the setting up, not with a picture of an hour later', () => {
    const found = course([entry(6 * S, 'first_keyframe'), entry(3000 * S, 'first_keyframe')])
    expect(beginning(found)).toEqual({ begin: 0, end: 7 * S })
  })
})

it.each([0.05, 1, 10, 600, 3600, 200_000])('%s s have some ticks, not too many', (seconds) => {
  const found = ticks({ begin: 0, end: seconds * S }, 1000)
  expect(found.length).toBeGreaterThan(1)
  expect(found.length).toBeLessThanOrEqual(11)
})

it('a sign is never over another one, and none is lost', () => {
  const many = Array.from({ length: 400 }, (_, n) => entry(n * 50_000))
  const found = placed(course(many), 1, { begin: 0, end: 20 * S }, 0, 1000)
  for (const a of found) {
    for (const b of found) if (a !== b && a.row === b.row) expect(Math.abs(a.x - b.x)).toBeGreaterThanOrEqual(22)
  }
  expect(found.reduce((sum, one) => sum + 1 + one.hidden, 0)).toBe(400)
})
