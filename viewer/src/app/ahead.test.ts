import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { ahead } from './ahead'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('whoever waits in the lobby has the viewer before the first picture, and not in the way of the lobby', () => {
  const load = vi.fn(() => Promise.resolve())
  ahead(load)
  vi.advanceTimersByTime(19_000)
  expect(load).not.toHaveBeenCalled()
  vi.advanceTimersByTime(2_000)
  expect(load).toHaveBeenCalledTimes(1)
})

test('a call that begins before has the line for itself', () => {
  const load = vi.fn(() => Promise.resolve())
  ahead(load)()
  vi.advanceTimersByTime(60_000)
  expect(load).not.toHaveBeenCalled()
})

test('a line that breaks meanwhile is nobody’s trouble', async () => {
  const load = vi.fn(() => Promise.reject(new Error('offline')))
  ahead(load)
  await vi.advanceTimersByTimeAsync(21_000)
  expect(load).toHaveBeenCalledTimes(1)
})
