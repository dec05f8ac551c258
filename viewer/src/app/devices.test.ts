// What the others are told of my microphone and camera, and when not.
import { beforeEach, expect, it, vi } from 'vitest'

const sent: unknown[] = []
vi.mock('./wire', () => ({
  link: { send: (message: unknown) => sent.push(message), request: () => new Promise(() => {}) },
}))

const store = await import('../session/store')
const { emptyView } = await import('../session/view')
const { finish } = await import('./call')
const { keepInStep } = await import('./devices')

const on = { state: 'on', track: null, problem: null } as never

beforeEach(() => {
  sent.length = 0
  store.me.value = { role: 'village_doctor' } as never
  store.devices.value = { ...store.devices.value, microphone: on, camera: on }
})

it('the others are told once, and nothing is said for a seat that is gone', () => {
  keepInStep()
  store.view.value = { ...emptyView('c' as never), me: 1 as never }
  store.seated.value = true
  expect(sent).toEqual([{ type: 'set_media', microphone: true, camera: true }])
  finish('hung_up')
  expect(sent).toHaveLength(1)
})
