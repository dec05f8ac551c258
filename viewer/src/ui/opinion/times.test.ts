import { expect, it } from 'vitest'

import { localTime, unixMs } from './CriticalFields'

it('has its times to the minute, as the clock on the wall says', () => {
  const minute = 1_800_000_000_000
  expect(unixMs(localTime(minute + 59_999))).toBe(minute)
  expect(localTime(minute)).toMatch(/^2027-01-1\dT\d\d:\d\d$/)
  expect(unixMs('')).toBe(0)
})
