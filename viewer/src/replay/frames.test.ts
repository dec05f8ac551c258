import { describe, expect, it } from 'vitest'

import { belongs, FrameKeys } from './frames'
import type { KeyedFrames, Run } from './wire'

const run = { run: 4, track: 9, t0: 2_000_000 } as Run
const PAGES: KeyedFrames[] = [
  {
    frames: [
      [0, 4_294_967_000],
      [33_000, 2_704],
      [66_000, 5_704],
    ],
    until: 99_000,
  },
  {
    frames: [
      [99_000, 8_704],
      [132_333, 11_704],
    ],
    until: null,
  },
]

describe('the frame that is seen', () => {
  it('is found by its time in the file, over the turn of the clock and from page to page, each asked for once', async () => {
    const asked: number[] = []
    const keys = new FrameKeys((_, us) => {
      asked.push(us)
      return Promise.resolve(PAGES[us < 99_000 ? 0 : 1] as KeyedFrames)
    })
    const found: (number | undefined)[] = []
    for (const us of [0, 32_000, 33_000, 65_999, 97_999, 98_000, 132_000, 132_333, 9_000_000])
      found.push((await keys.of({ run, us }))?.rtp)
    expect(found).toEqual([4_294_967_000, 2_704, 2_704, 5_704, 5_704, 8_704, 11_704, 11_704, 11_704])
    expect(asked).toHaveLength(2)
    expect((await keys.of({ run, us: 0 }))?.track).toBe(9)
  })

  it('has no name where nobody knows it', async () => {
    expect(await new FrameKeys(() => Promise.reject(new Error('404'))).of({ run, us: 0 })).toBeNull()
    expect(await new FrameKeys(() => Promise.resolve({ frames: [], until: null })).of({ run, us: 0 })).toBeNull()
  })

  it('is not the one that was seen before a jump', () => {
    const presented = { run, us: 1_000_000 }
    expect([2.8e6, 2.95e6, 3e6, 3.9e6, 4.1e6].map((t) => belongs(presented, t))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ])
  })
})
