// A mark, and a freeze, go with the key of the frame that was under the hand, also where that key is known only afterwards.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { FrameKey, Mark, TrackId } from '../session/wire.gen'
import { freeze, press, release } from './hand'
import { FRACTION } from './place'
import type { SentAs } from './sent'
import { draft, onScreen, resetLive, tool } from './state'
import { extend } from './tools'

const keys: (number | undefined)[] = []
vi.mock('./send', () => ({
  addMark: ({ frame }: Mark) => keys.push(frame?.rtp),
  askFreeze: ({ rtp }: FrameKey) => keys.push(rtp),
}))
vi.mock('../app/looking', () => ({ pointAt: () => undefined }))

const TRACK = 7 as TrackId
const CANVAS = { track: TRACK, box: () => new DOMRect(), picture: () => ({ width: 640, height: 480 }) }

function show(rtp: number, later: (() => SentAs) | null = null): void {
  onScreen.moment = { frame: { track: TRACK, rtp }, later }
}

function stroke(): void {
  tool.value = 'arrow'
  press(CANVAS, { x: 0, y: 0 })
  if (draft.value) draft.value = extend(draft.value, { x: FRACTION / 2, y: 0 })
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  keys.length = 0
  resetLive()
})

describe('a mark', () => {
  it('has the key of the frame on the screen when the hand began', () => {
    show(3_000)
    stroke()
    show(9_000)
    release(CANVAS)
    expect(keys).toEqual([3_000])
  })

  it('on my own probe has the key that this frame was sent with meanwhile', () => {
    let known: SentAs = { rtp: 3_000, settled: false, next: null }
    show(3_000, () => known)
    stroke()
    known = { rtp: 6_000, settled: true, next: null }
    show(9_000, () => ({ rtp: 12_000, settled: true, next: null })) // of a later frame
    release(CANVAS)
    expect(keys).toEqual([6_000])
  })

  it('of a hand quicker than the encoder waits for it', () => {
    let known: SentAs = { rtp: 3_000, settled: false, next: null }
    show(3_000, () => known)
    stroke()
    release(CANVAS)
    expect([keys, draft.value]).toEqual([[], null])
    vi.advanceTimersByTime(60)
    known = { rtp: 6_000, settled: true, next: null }
    vi.advanceTimersByTime(10)
    vi.advanceTimersByTime(1_000)
    expect(keys).toEqual([6_000])
  })

  it('on a frame that was not sent has the key of the next that was: the first that others see', () => {
    show(3_000, () => ({ rtp: 6_000, settled: true, next: 9_000 }))
    stroke()
    release(CANVAS)
    freeze() // of the very frame: only my page has it
    expect(keys).toEqual([9_000, 6_000])
  })

  it('goes with the picture that goes meanwhile', () => {
    show(3_000, () => ({ rtp: 3_000, settled: false, next: null }))
    stroke()
    release(CANVAS)
    resetLive()
    vi.advanceTimersByTime(1_000)
    expect(keys).toEqual([])
  })

  it('is not drawn where no key is known', () => {
    stroke()
    release(CANVAS)
    expect([keys, draft.value]).toEqual([[], null])
  })
})

describe('a freeze', () => {
  it('of a received picture is asked for at once', () => {
    show(3_000)
    freeze()
    expect(keys).toEqual([3_000])
  })

  it('of my own probe is of the picture on the screen, not of the last that was sent', () => {
    let known: SentAs = { rtp: 3_000, settled: false, next: null }
    show(3_000, () => known)
    freeze()
    show(6_000, () => ({ rtp: 9_000, settled: true, next: null }))
    vi.advanceTimersByTime(30)
    expect(keys).toEqual([])
    known = { rtp: 6_000, settled: true, next: null }
    vi.advanceTimersByTime(10)
    expect(keys).toEqual([6_000])
  })

  it('where nothing is sent any more is of what was sent last', () => {
    show(3_000, () => ({ rtp: 3_000, settled: false, next: null }))
    freeze()
    vi.advanceTimersByTime(290)
    expect(keys).toEqual([])
    vi.advanceTimersByTime(10)
    expect(keys).toEqual([3_000])
  })

  it('is not asked for where no key is known', () => {
    freeze()
    vi.advanceTimersByTime(1_000)
    expect(keys).toEqual([])
  })
})
