// At once, and never twice for one frame of the screen.
import { beforeEach, expect, it, vi } from 'vitest'

import { OnceAFrame } from './once'

let frames: (() => void)[] = []
const drawn = vi.fn()
const screen = (): void => frames.splice(0).forEach((one) => one())

beforeEach(() => {
  frames = []
  drawn.mockClear()
  vi.stubGlobal('requestAnimationFrame', (one: () => void) => frames.push(one))
  vi.stubGlobal('cancelAnimationFrame', () => (frames = []))
})

it('draws the first within the call, and all that comes before the next frame once, with it', () => {
  const frame = new OnceAFrame(drawn)
  frame.ask()
  expect(drawn).toHaveBeenCalledTimes(1)
  frame.ask()
  frame.ask()
  expect(drawn).toHaveBeenCalledTimes(1)
  screen()
  expect(drawn).toHaveBeenCalledTimes(2)
  frame.ask()
  expect(drawn).toHaveBeenCalledTimes(2) // this frame has its drawing
  screen()
  expect(drawn).toHaveBeenCalledTimes(3)
})

it('is ready again after a frame without anything new', () => {
  const frame = new OnceAFrame(drawn)
  frame.ask()
  screen()
  expect([drawn.mock.calls.length, frames.length]).toEqual([1, 0])
  frame.ask()
  expect(drawn).toHaveBeenCalledTimes(2)
})

it('draws nothing more once it is closed', () => {
  const frame = new OnceAFrame(drawn)
  frame.ask()
  frame.ask()
  frame.close()
  screen()
  expect(drawn).toHaveBeenCalledTimes(1)
})

it('says that drawing failed, but not to whoever brought the change', () => {
  const said = vi.fn()
  vi.stubGlobal('reportError', said)
  const broken = new Error('no canvas')
  const frame = new OnceAFrame(() => {
    throw broken
  })
  expect(() => frame.ask()).not.toThrow()
  expect(said).toHaveBeenCalledWith(broken)
})
