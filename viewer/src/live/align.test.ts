// Raw frames and encoded ones of the same camera, by two clocks with an unknown offset: never paired wrongly, whatever the
// camera's jitter, the encoder's delay and what either side drops; and paired at all where the picture moves.
import { describe, expect, it } from 'vitest'

import { chance } from '../dicom/chance.testing'
import { Alignment } from './align'
import { Votes } from './votes'

interface Run {
  moves: boolean
  seed: number
}

/** One camera for `count` frames; `paired`: [frame, frame it was taken for]. */
function camera({ moves, seed }: Run, count = 400): { paired: [number, number][]; known: boolean } {
  const dice = chance(seed)
  const interval = 1e6 / [15, 25, 30, 60][Math.floor(dice() * 4)]!
  const jitter = [0, 100, 2_000][Math.floor(dice() * 3)]!
  const delay = Math.floor(dice() * 4) // frames that the encoder takes
  const drops = dice() * 0.1
  const offset = Math.floor(dice() * 2 ** 32)
  const brightness = Array.from({ length: count }, () => (moves ? dice() * 100 : 50))
  const times = Array.from({ length: count }, (_, n) => Math.round(1e9 + n * interval + (dice() - 0.5) * 2 * jitter))
  const raw = times.map(() => dice() >= drops)
  const rtpOf = (n: number): number => (Math.round(times[n]! / 1000) * 90 + offset) % 2 ** 32
  const alignment = new Alignment()
  const paired: [number, number][] = []
  for (let n = 20; n < count; n++) {
    const raws = times.slice(Math.max(0, n - 40), n + 1).filter((_, at) => raw[Math.max(0, n - 40) + at])
    const coded = n - delay
    if (dice() < drops) continue
    if (coded === 20 || (!alignment.known && !alignment.weighing)) alignment.begin(rtpOf(coded), raws)
    const lossy = brightness[coded]! + (dice() - 0.5) * 4
    if (alignment.weighing) {
      alignment.weigh(rtpOf(coded), raws, (us) => Math.abs(brightness[times.indexOf(us)]! - lossy) + 1)
    }
    const us = alignment.pair(rtpOf(coded), raws)
    if (us !== null) paired.push([coded, times.indexOf(us)])
  }
  return { paired, known: alignment.known }
}

describe('encoded and raw frames', () => {
  it('are paired rightly where the picture moves', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const { paired, known } = camera({ moves: true, seed })
      expect(paired.filter(([one, other]) => one !== other), `seed ${seed}`).toEqual([]) // prettier-ignore
      expect(known, `seed ${seed}`).toBe(true)
      expect(paired.length, `seed ${seed}`).toBeGreaterThan(200)
    }
  })

  it('stay unpaired where it stands still: then nobody can tell', () => {
    for (let seed = 1; seed <= 50; seed++) expect(camera({ moves: false, seed }).known, `seed ${seed}`).toBe(false)
  })

  it('begin anew with another sender', () => {
    const alignment = new Alignment()
    alignment.begin(0, [0, 33_000, 66_000])
    for (let n = 0; n < 8; n++) {
      const raws = [n, n + 1, n + 2].map((one) => one * 33_000)
      alignment.weigh(n * 2_970, raws, (us) => (us === n * 33_000 ? 1 : 50 + (us % 7)))
    }
    expect(alignment.pair(8 * 2_970, [8 * 33_000])).toBe(8 * 33_000)
    alignment.reset()
    expect(alignment.pair(9 * 2_970, [9 * 33_000])).toBeNull()
  })

  /** A camera of 25 a second whose alignment is known up to frame 19; of frame n on the browser's clock is off by `jump`. */
  const jumped = (jumps: (n: number) => number, missing: (n: number) => boolean = () => false): (number | null)[] => {
    const alignment = new Alignment()
    const at = (n: number): number => Math.round(n * 40_000 + (n % 5) * 70)
    const rtp = (n: number): number => Math.round((at(n) + jumps(n)) / 1000) * 90
    const rawsAt = (n: number): number[] => Array.from({ length: 37 }, (_, k) => at(n - 36 + k)).filter((_, k) => !missing(n - 36 + k)) // prettier-ignore
    alignment.begin(rtp(0), rawsAt(0))
    for (let n = 0; n < 20; n++) alignment.weigh(rtp(n), rawsAt(n), (us) => (us === at(n) ? 1 : 50 + (us % 7)))
    return Array.from({ length: 200 }, (_, k) => {
      const us = alignment.pair(rtp(20 + k), rawsAt(20 + k))
      return us === null ? null : Math.round(us / 40_000) - (20 + k)
    })
  }

  it('follow the browser’s slow correction of the clock', () => {
    expect(jumped((n) => Math.max(0, n - 20) * 2_000)).toEqual(Array(200).fill(0))
  })

  it('are not paired any more once they contradict the offset, and not by chance later', () => {
    const half = jumped((n) => (n < 30 ? 0 : -17_000 - 300 * (n - 30)))
    expect(half.slice(0, 10)).toEqual(Array(10).fill(0))
    expect(half.slice(10)).toEqual(Array(190).fill(null))
  })

  it('are refused, one by one, where the browser stamped them by when they came late', () => {
    const one = jumped((n) => (n === 30 ? 22_000 : 0))
    expect([one[9], one[10], one[11]]).toEqual([0, null, 0])
    const same = jumped((n) => (n === 30 ? -38_000 : 0)) // as if it were the one before once more
    expect([same[9], same[10], same[11]]).toEqual([0, null, 0])
  })

  it('are left alone where the raw one was dropped, and given up where too many were', () => {
    const some = jumped(() => 0, (n) => n >= 30 && n < 36) // prettier-ignore
    expect([some.slice(10, 16), some[16]]).toEqual([Array(6).fill(null), 0])
    const many = jumped(() => 0, (n) => n >= 30 && n < 45) // prettier-ignore
    expect(many.slice(10)).toEqual(Array(190).fill(null))
  })

  it('have a time of their own also where the raw one was dropped, unless the offset is in doubt', () => {
    const alignment = new Alignment()
    expect(alignment.timeOf(0)).toBeNull()
    const raws = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => n * 33_000)
    alignment.begin(0, raws.slice(0, 1))
    for (const [n, us] of raws.entries()) {
      alignment.weigh(n * 2_970, raws.slice(0, n + 1), (at) => (at === us ? 1 : 50 + (at % 7)))
    }
    expect([alignment.pair(8 * 2_970, raws), alignment.timeOf(8 * 2_970)]).toEqual([null, 264_000])
    const regular = Array.from({ length: 20 }, (_, n) => n * 33_000)
    expect([alignment.pair(9 * 2_970 + 1_500, regular), alignment.timeOf(9 * 2_970)]).toEqual([null, null])
  })
})

describe('two clocks of the same frames', () => {
  /** `late`: frames from the screen to the encoder, or, below zero, from there to the screen. */
  const run = (jitter: number, seed: number, late: number): number | null => {
    const dice = chance(seed)
    const votes = new Votes()
    const times = Array.from({ length: 200 }, (_, n) => Math.round((1e9 + n * 33_333 + dice() * jitter) / 100) * 100)
    for (let n = 5; n < 195; n++) {
      if (dice() > 0.1) votes.captured(times[n - Math.max(late, 0)]!)
      if (dice() > 0.1) votes.shown(times[n + Math.min(late, 0)]! - 5e8 + (dice() - 0.5) * 100)
    }
    return votes.offset
  }
  const LATE = [-3, -2, -1, 0, 1, 2, 3]

  it('are brought together where the camera is not a metronome', () => {
    for (const late of LATE) {
      for (let seed = 1; seed <= 100; seed++) {
        const offset = run(2_000, seed, late)
        expect(Math.abs((offset ?? 0) - 5e8), `seed ${seed}, ${late} late`).toBeLessThan(200)
      }
    }
  })

  it('stay apart where it is one', () => {
    for (let seed = 1; seed <= 20; seed++) expect(run(0, seed, seed % 3)).toBeNull()
  })
})
