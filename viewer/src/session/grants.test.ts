import { describe, expect, it } from 'vitest'

import { again, isRunning, untilOf } from './grants'
import type { GrantState } from './wire.gen'

const ONE = {
  grant: { key: 'g1', institution: 'i', site: 'S', data: ['record'], until: 1000, account: null, name: '' },
  revoked_at: 0,
} as unknown as GrantState

describe('a grant', () => {
  it('runs until its end, and not when it was taken back', () => {
    expect(isRunning(ONE, 999)).toBe(true)
    expect(isRunning(ONE, 1000)).toBe(false)
    expect(isRunning({ ...ONE, revoked_at: 5 }, 10)).toBe(false)
  })

  it('ends some days from now by the clock of the server', () => expect(untilOf(7, 5)).toBe(5 + 7 * 86_400_000))

  it('is given again under another name', () => {
    expect(again(ONE, true, 'g2')).toEqual({
      key: 'g2',
      institution: 'i',
      account: null,
      data: ['record'],
      until: 1000,
      everywhere: true,
    })
  })
})
