// One ring on the page, the others behind it.
import { beforeEach, expect, it } from 'vitest'

import * as store from '../session/store'
import type { Incoming } from '../session/wire.gen'
import { forgetRings, next, rings, ringsNoMore } from './rings'

const call = (consultation: string, timeout_ms = 30_000): Incoming => ({ consultation, timeout_ms }) as Incoming
const shown = (): string | undefined => store.incoming.value?.call.consultation

beforeEach(forgetRings)

it('shows the first and keeps the second behind it', () => {
  expect(rings(call('a'))).toBe(true)
  expect(rings(call('b'))).toBe(false)
  expect(shown()).toBe('a')
  next()
  expect(shown()).toBe('b')
  next()
  expect(shown()).toBeUndefined()
})

it('forgets one that ended while it waited', () => {
  rings(call('a'))
  rings(call('b'))
  ringsNoMore(call('b').consultation)
  next()
  expect(shown()).toBeUndefined()
})

it('goes on with the next when the one on the page ends', () => {
  rings(call('a'))
  rings(call('b'))
  ringsNoMore(call('a').consultation)
  expect(shown()).toBe('b')
})

it('takes the newer time of a call that is said again, and does not ring it twice', () => {
  rings(call('a'))
  rings(call('b'))
  rings(call('b', 20_000))
  expect(rings(call('a', 10_000))).toBe(true)
  expect(store.incoming.value?.call.timeout_ms).toBe(10_000)
  next()
  expect(store.incoming.value?.call.timeout_ms).toBe(20_000)
  next()
  expect(shown()).toBeUndefined()
})
