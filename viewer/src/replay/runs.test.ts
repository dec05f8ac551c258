import { describe, expect, it } from 'vitest'

import { Lane } from './lane'
import { gapAt, needed, runAt } from './runs'
import { Loudness } from './speech'
import type { FastLine, Run } from './wire'

describe('the fast lane', () => {
  it('is fetched in windows, a little ahead, each once, and again where it failed', async () => {
    const asked: number[] = []
    const came: number[] = []
    let fails = true
    const line: FastLine = { t: 31_000_000, body: btoa('x') }
    const fetched = (from: number): Promise<FastLine[]> => {
      asked.push(from / 1e6)
      return from === 0 || !fails ? Promise.resolve([{ ...line, t: from + 1e6 }]) : Promise.reject(new Error('away'))
    }
    const lane = new Lane(fetched, ({ t_from }) => came.push(t_from / 1e6))
    const settled = (): Promise<void> => new Promise((done) => setTimeout(done))
    lane.look(1e6)
    lane.look(2e6)
    lane.look(22e6)
    await settled()
    expect([asked, came]).toEqual([[0, 30], [0]])
    fails = false
    lane.look(25e6)
    await settled()
    expect([asked, came]).toEqual([
      [0, 30, 30],
      [0, 30],
    ])
    expect(lane.between(0, 40e6).map(({ t }) => t / 1e6)).toEqual([1, 31])
    expect(lane.between(1e6, 31e6).map(({ t }) => t / 1e6)).toEqual([31])
  })
})

const run = (changes: Partial<Run>): Run => ({
  run: 1,
  track: 3,
  peer: 1,
  kind: 'video',
  label: 'face',
  codec: 'VP8',
  rid: '',
  file: 'tracks/1.webm',
  missing: false,
  t0: 10e6,
  t_end: 20e6,
  damaged: [],
  ...changes,
})

describe('runs', () => {
  it('play one after the other, and nothing between them', () => {
    const runs = [run({}), run({ run: 2, t0: 30e6, t_end: 40e6 }), run({ run: 3, track: 4, t0: 0, t_end: 90e6 })]
    const at = (t: number): number | undefined => runAt(runs, 3, t * 1e6)?.run
    expect([5, 10, 20.4, 25, 30, 41].map(at)).toEqual([undefined, 1, 1, undefined, 2, undefined])
    expect(needed(runs, 23e6).map((one) => one.run)).toEqual([2, 3])
  })

  it('of a simulcast the best layer, and no file that is gone or could not be made', () => {
    const layers = ['f', 'q', 'h'].map((rid, n) => run({ run: n, rid }))
    expect(runAt(layers, 3, 15e6)?.rid).toBe('f')
    expect(runAt([run({ missing: true }), run({ file: '' })], 3, 15e6)).toBeNull()
  })

  it('pause where nothing was recorded', () => {
    const gaps = [{ t_from: 1, t_to: 5, reason: 'paused' }]
    expect([0, 1, 4, 5].map((t) => gapAt(gaps, t)?.reason)).toEqual([undefined, 'paused', 'paused', undefined])
  })
})

describe('loudness', () => {
  it('keeps the loudest of what a bar stands for', () => {
    const levels = Uint8Array.from({ length: 100 }, (_, n) => (n === 57 ? 255 : 51))
    const loudness = new Loudness({
      step_us: 100_000,
      people: [{ peer: 2, levels: btoa(String.fromCharCode(...levels)) }],
    })
    expect(loudness.bars(2, 0, 10e6, 4)).toEqual([0.2, 0.2, 1, 0.2])
    expect(loudness.bars(2, 5e6, 6e6, 20).filter((one) => one === 1)).toHaveLength(2)
    expect(loudness.bars(9, 0, 10e6, 2)).toEqual([0, 0])
    expect([loudness.talks(2, 5_750_000), loudness.talks(2, 0), loudness.talks(9, 0)]).toEqual([true, false, false])
  })
})
