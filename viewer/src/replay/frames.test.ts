import { describe, expect, it, vi } from 'vitest'

import { HttpFailed } from '../session/http'
import { FrameKeys } from './frames'
import type { KeyedFrames, Run } from './wire'

const T0 = 2_000_000
const run = (suffix: string): Run => ({ run: 4, track: 9, t0: T0, file: `tracks/4.${suffix}` }) as Run
const PAGES: KeyedFrames[] = [
  { frames: [[0, 4_294_967_000], [33_400, 2_704], [66_600, 5_704]], until: 99_900 },
  { frames: [[99_900, 8_704], [132_300, 11_704]], until: null },
] // prettier-ignore
const page = (us: number): KeyedFrames => PAGES[us < 99_900 ? 0 : 1] as KeyedFrames

describe('the frame that is seen', () => {
  it.each([
    // WebM shows at 0, 33, 67, 100 and 132 ms; MP4 when it was put.
    ['webm', [0, 32_999, 33_000, 66_999, 67_000, 99_999, 100_000, 131_999, 132_000], [0, 0, 1, 1, 2, 2, 3, 3, 4]],
    ['mp4', [0, 33_387, 33_388, 66_600, 99_880, 99_889, 132_289], [0, 0, 1, 2, 2, 3, 4]],
  ])('of a %s is found by its time, over the turn of the clock and from page to page', async (suffix, times, which) => {
    const ask = vi.fn((_: number, us: number) => Promise.resolve(page(us)))
    const keys = new FrameKeys(ask)
    const all = PAGES.flatMap(({ frames }) => frames.map(([, rtp]) => rtp))
    const found: (number | undefined)[] = []
    for (const us of times) found.push((await keys.of({ run: run(suffix), us }, T0 + us))?.rtp)
    expect(found).toEqual(which.map((n) => all[n]))
    expect(ask).toHaveBeenCalledTimes(2)
    expect(keys.at({ run: run(suffix), us: 0 }, T0)).toEqual({ track: 9, rtp: 4_294_967_000 })
  })

  it('is told at once or not at all; it is asked for once meanwhile, and what comes is told', async () => {
    const ask = vi.fn((_: number, us: number) => Promise.resolve(page(us)))
    const keys = new FrameKeys(ask)
    const seen = { run: run('mp4'), us: 40_000 }
    expect([keys.at(seen, T0 + 40_000), keys.at(seen, T0 + 40_000)]).toEqual([null, null])
    await vi.waitFor(() => expect(keys.came.value).toBe(1))
    expect(keys.at(seen, T0 + 40_000)?.rtp).toBe(2_704)
    expect(ask).toHaveBeenCalledTimes(1)
  })

  it('is none where the last one was long ago, wherever the video stands', async () => {
    const keys = new FrameKeys(() => Promise.resolve(page(132_300)))
    const late = [0, 900_000, 1_100_000, 60_000_000].map((us) =>
      keys.of({ run: run('mp4'), us: 132_300 + us }, T0 + 132_300 + us),
    )
    expect((await Promise.all(late)).map((key) => key?.rtp)).toEqual([11_704, 11_704, undefined, undefined])
    const before = { run: run('mp4'), us: 132_300 }
    expect([-90_000, -110_000].map((us) => keys.at(before, T0 + 132_300 + us)?.rtp)).toEqual([11_704, undefined])
  })

  it('has no name where there is no list, which is asked for once; a failure is one, and is tried again', async () => {
    const missing = vi.fn(() => Promise.reject(new HttpFailed(404, 'not_found')))
    const old = new FrameKeys(missing)
    for (let n = 0; n < 3; n++) expect(await old.of({ run: run('mp4'), us: 0 }, T0)).toBeNull()
    expect(missing).toHaveBeenCalledTimes(1)
    const away = vi.fn(() => Promise.reject(new HttpFailed(0, 'unreachable')))
    const keys = new FrameKeys(away)
    await expect(keys.of({ run: run('mp4'), us: 0 }, T0)).rejects.toThrow('unreachable')
    expect(keys.at({ run: run('mp4'), us: 0 }, T0)).toBeNull()
    expect(away).toHaveBeenCalledTimes(2)
    const nothing = vi.fn(() => Promise.resolve({ frames: [], until: null }))
    const empty = new FrameKeys(nothing)
    for (let n = 0; n < 3; n++) expect(await empty.of({ run: run('mp4'), us: 0 }, T0)).toBeNull()
    expect(nothing).toHaveBeenCalledTimes(1)
  })
})
