import { describe, expect, it } from 'vitest'

import * as store from '../session/store'
import { followAddress, replayIn } from './places'

const ID = 'a'.repeat(26)

describe('the address of a replay', () => {
  it('names a consultation and a moment', () => {
    expect(replayIn(`#replay=${ID}&t=1500000`)).toEqual({ consultation: ID, t: 1_500_000 })
    expect(replayIn(`#replay=${ID}`)).toEqual({ consultation: ID, t: 0 })
  })

  it.each(['', '#', '#replay=', '#replay=../../x', `#replay=${ID}x`, '#review=1', `#replay=${'A'.repeat(26)}`])(
    'is none: %s',
    (hash) => expect(replayIn(hash)).toBeNull(),
  )

  it.each(['-5', 'NaN', '1e99', '0.5', '<script>', ''])('begins at the beginning where the time is %s', (t) =>
    expect(replayIn(`#replay=${ID}&t=${t}`)?.t).toBe(0),
  )

  it('leads to the moment that one came by once more', () => {
    location.hash = `#replay=${ID}&t=1500000`
    followAddress()
    const first = store.replayed.value
    expect(first?.t).toBe(1_500_000)
    window.dispatchEvent(new PopStateEvent('popstate'))
    expect(store.replayed.value).toEqual(first)
    expect(store.replayed.value).not.toBe(first)
  })
})
