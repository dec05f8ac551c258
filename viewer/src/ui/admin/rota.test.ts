import { describe, expect, it } from 'vitest'

import type { Shift } from '../../session/admin'
import { daysLater, fromField, midnights, ofDay, repeated, toField, uncovered, weekOf } from './rota'

const HOUR = 3_600_000
const MONDAY = new Date(2026, 10, 23).getTime()
const shift = (from: number, until: number): Shift =>
  ({ id: `${from}`, starts_ms: MONDAY + from * HOUR, ends_ms: MONDAY + until * HOUR, person: {} }) as Shift

it.each([0, 1, 6])('a week begins on Monday, %s days into it', (day) =>
  expect(weekOf(daysLater(MONDAY, day) + 13 * HOUR)).toBe(MONDAY),
)

it('a week has seven days, each from midnight to midnight', () => {
  const found = midnights(MONDAY)
  expect(found).toHaveLength(8)
  for (const at of found) expect(new Date(at).getHours()).toBe(0)
})

describe('a day', () => {
  const seen = (shifts: Shift[]): [string, number, number][] =>
    ofDay(shifts, MONDAY, MONDAY + 24 * HOUR).map((one) => [
      one.kind,
      (one.begin - MONDAY) / HOUR,
      (one.end - MONDAY) / HOUR,
    ])
  it('without shifts is nobody’s', () => expect(seen([])).toEqual([['gap', 0, 24]]))
  it('has gaps before, between and after', () =>
    expect(seen([shift(14, 18), shift(8, 12)])).toEqual([
      ['gap', 0, 8],
      ['duty', 8, 12],
      ['gap', 12, 14],
      ['duty', 14, 18],
      ['gap', 18, 24],
    ]))
  it('is covered by a shift that began the day before and ends the day after', () =>
    expect(seen([shift(-4, 30)])).toEqual([['duty', 0, 24]]))
  it('has no gap where two overlap or meet', () => {
    expect(seen([shift(0, 10), shift(6, 14), shift(14, 24)]).filter(([kind]) => kind === 'gap')).toEqual([])
    expect(uncovered([shift(0, 10), shift(2, 5)], MONDAY, MONDAY + 24 * HOUR)).toBe(14 * HOUR)
  })
})

it('repeats the same hours of the calendar', () => {
  const times = repeated({ starts_ms: MONDAY + 8 * HOUR, ends_ms: MONDAY + 32 * HOUR }, 30)
  expect(times).toHaveLength(30)
  for (const { starts_ms, ends_ms } of times) {
    expect([new Date(starts_ms).getDay(), new Date(starts_ms).getHours()]).toEqual([1, 8])
    expect([new Date(ends_ms).getDay(), new Date(ends_ms).getHours()]).toEqual([2, 8])
  }
})

it('a time goes through its field', () => {
  expect(toField(MONDAY + 8 * HOUR)).toBe('2026-11-23T08:00')
  expect(fromField(toField(MONDAY + 8 * HOUR))).toBe(MONDAY + 8 * HOUR)
  expect(fromField('')).toBeNaN()
})
