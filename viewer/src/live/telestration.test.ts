// Marks on live video: never before their frame, plain where their frame came, flagged where it did not. Random streams
// with loss, and with frames that the screen leaves out, across the wrap of RTP timestamps.
import { describe, expect, it } from 'vitest'

import { chance } from '../dicom/chance.testing'
import { ahead } from '../session/rtp'
import { FADES_US } from '../session/wire.gen'
import type { MarkState, ParticipantId, TrackId } from '../session/wire.gen'
import { Telestration } from './telestration'

const TRACK = 7 as TrackId
const STEP = 3_000 // 30 frames/s
const FRAME_US = 33_333

function markOn(rtp: number, key: string, t: number, fades = false, track = TRACK): MarkState {
  const points = [{ x: 0, y: 0 }, { x: 10, y: 10 }] // prettier-ignore
  const frame = { track, rtp }
  const mark = { key, shape: 'arrow', points, picture: null, frame, text: '', measure: null, fades } as const
  return { participant: 2 as ParticipantId, t, mark }
}

describe('RTP timestamps', () => {
  it('are compared within half the circle', () => {
    const dice = chance(11)
    for (let n = 0; n < 2_000; n++) {
      const [a, by] = [Math.floor(dice() * 2 ** 32), 1 + Math.floor(dice() * (2 ** 31 - 2))]
      const b = (a + by) % 2 ** 32
      expect(ahead(b, a)).toBe(by)
      expect(ahead(a, b)).toBe(-by)
    }
    expect(ahead(5, 5)).toBe(0)
  })
})

const COUNT = 300

interface Stream {
  seed: number
  key: (n: number) => number
  came: readonly boolean[]
  shown: readonly boolean[]
  marks: readonly { on: number; arrives: number; state: MarkState }[]
}

/** A stream with loss, near the wrap, and marks on frames of it that arrive before or after their frame. */
function stream(seed: number): Stream {
  const dice = chance(seed)
  const base = (2 ** 32 - Math.floor(dice() * 200) * STEP) >>> 0
  const key = (n: number): number => (base + n * STEP) >>> 0
  const loss = dice() * 0.4
  const came = Array.from({ length: COUNT }, () => dice() >= loss)
  const shown = came.map((one) => one && dice() >= loss)
  const marks = Array.from({ length: 20 }, (_, n) => {
    const on = Math.floor(dice() * COUNT)
    const arrives = Math.max(0, on + Math.floor(dice() * 60) - 10)
    return { on, arrives, state: markOn(key(on), `m${n}`, arrives * FRAME_US) }
  })
  return { seed, key, came, shown, marks }
}

/** What must be drawn of a mark when frame `n` is presented; null = nothing yet. */
function wanted({ came, shown, key }: Stream, { on, arrives }: Stream['marks'][number], n: number): object | null {
  const waits = on > n && (came[on] || (n - arrives) * FRAME_US < 1_500_000)
  if (waits) return null
  if (came[on] && on <= n) return { anchor: 'exact', at: key(on) }
  const before = shown.slice(0, Math.min(on, n) + 1).lastIndexOf(true)
  if (before < 0) return { anchor: 'early', at: null }
  return { anchor: 'lost', at: key(before) }
}

describe('a mark', () => {
  it('sits on its frame or on the nearest earlier one and says so, whatever is lost, also across the wrap', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const run = stream(seed)
      const telestration = new Telestration(TRACK)
      const settled = new Map<string, object>()
      for (let n = 0; n < COUNT; n++) {
        if (run.came[n]) telestration.arrive(run.key(n))
        if (!run.shown[n]) continue
        telestration.present(run.key(n))
        const here = run.marks.filter((one) => one.arrives <= n)
        const states = here.map((one) => one.state)
        const drawn = new Map(telestration.drawings(states, n * FRAME_US).map((one) => [one.state, one]))
        for (const one of here) {
          const { key } = one.state.mark
          const right = settled.get(key) ?? wanted(run, one, n)
          if (right) settled.set(key, right)
          const found = drawn.get(one.state)
          const got = found ? { anchor: found.anchor, at: found.at } : null
          if (JSON.stringify(got) !== JSON.stringify(right)) expect({ seed, n, got }).toEqual({ seed, n, got: right })
        }
      }
      expect(settled.size, `seed ${seed}`).toBeGreaterThan(10)
    }
  })

  it('fades, or stays', () => {
    const telestration = new Telestration(TRACK)
    telestration.present(100)
    const [fading, staying] = [markOn(100, 'fades', 0, true), markOn(100, 'stays', 0)]
    const at = (now: number): string[] => telestration.drawings([fading, staying], now).map((one) => one.state.mark.key)
    expect(at(0)).toEqual(['fades', 'stays'])
    expect(at(FADES_US)).toEqual(['stays'])
    expect(telestration.drawings([fading], FADES_US - 500_000)[0]?.alpha).toBeCloseTo(1 / 3)
  })

  it('of another track, or on a DICOM picture, is not for this one', () => {
    const telestration = new Telestration(TRACK)
    telestration.present(100)
    const other = markOn(100, 'a', 0, false, 8 as TrackId)
    const still = { ...other, mark: { ...other.mark, frame: null } }
    expect(telestration.drawings([other, still], 0)).toEqual([])
  })

  it('is flagged where a browser cannot tell frames apart, and waits where none came yet', () => {
    const telestration = new Telestration(TRACK)
    const mark = markOn(100, 'a', 0)
    expect(telestration.drawings([mark], 0)).toEqual([])
    telestration.present(null)
    expect(telestration.drawings([mark], 0)[0]).toMatchObject({ anchor: 'lost', at: null })
    telestration.present(100)
    expect(telestration.drawings([mark], 0)[0]).toMatchObject({ anchor: 'exact', at: 100 })
  })

  it('is not on an earlier frame while its own, which came, is about to be shown', () => {
    const telestration = new Telestration(TRACK)
    telestration.present(100)
    telestration.arrive(3_100)
    const mark = markOn(3_100, 'a', 0)
    expect(telestration.drawings([mark], 2_000_000)).toEqual([])
    telestration.present(6_100)
    expect(telestration.drawings([mark], 2_010_000)[0]).toMatchObject({ anchor: 'exact', at: 3_100 })
  })

  it('on my own probe is plain where its frame was sent, whatever my screen left out', () => {
    const telestration = new Telestration(TRACK, (rtp) => rtp === 3_100)
    telestration.present(100)
    telestration.present(9_100)
    const anchors = telestration.drawings([markOn(3_100, 'a', 0), markOn(6_100, 'b', 0)], 0).map(({ anchor }) => anchor)
    expect(anchors).toEqual(['exact', 'lost'])
  })

  it('on a frame before the first one seen here says so', () => {
    const telestration = new Telestration(TRACK)
    telestration.present(10_000)
    expect(telestration.drawings([markOn(4_000, 'a', 0)], 0)[0]).toMatchObject({ anchor: 'early', at: null })
  })
})
