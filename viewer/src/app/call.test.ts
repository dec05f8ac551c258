// How a call ends, and what its end must leave alone.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

vi.mock('./wire', () => ({ link: { send: () => undefined, request: () => new Promise(() => {}) } }))

const store = await import('../session/store')
const { emptyView } = await import('../session/view')
const { hangUp, received } = await import('./call')

beforeEach(() => {
  vi.useFakeTimers()
  store.me.value = { role: 'village_doctor' } as never
  store.view.value = emptyView('first' as never)
})
afterEach(() => vi.useRealTimers())

const closing = { type: 'closing', reason: 'hung_up' }
const ends: Record<string, () => void> = {
  'hung up by me': hangUp,
  'closed by the server': () => received({ type: 'events', events: [{ seq: 1, t: 0, by: 0, body: closing }] } as never),
}

for (const [how, end] of Object.entries(ends)) {
  it(`${how}: the page ends by itself when nothing more is heard`, () => {
    end()
    vi.advanceTimersByTime(5_000)
    expect(store.view.value).toBeNull()
  })

  it(`${how}: a call that began right afterwards goes on`, () => {
    end()
    store.view.value = emptyView('second' as never)
    vi.advanceTimersByTime(5_000)
    expect(store.view.value?.consultation).toBe('second')
  })
}
