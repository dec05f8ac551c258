// The arithmetic of the live picture: places, tools, sent frames, raw frames, age, cues.
import { describe, expect, it } from 'vitest'

import { contained, onCanvas } from '../marks/affine'
import { chance } from '../dicom/chance.testing'
import type { FrameKey, TrackId } from '../session/wire.gen'
import { Pace } from './cues'
import { estimate, gradeOf, holdingOf, Steady } from './glass'
import { FRACTION, pixels, sharpness, toPoint } from './place'
import { RawRing } from './rawring'
import { SentFrames } from './sent'
import { whyNameless } from './state'
import { begin, extend, finish, moved } from './tools'

const FRAME: FrameKey = { track: 3 as TrackId, rtp: 9 }
const PICTURE = { width: 640, height: 480 }
const REST = { key: 'k', fades: true, text: '' }

describe('places', () => {
  it('come back to the same pixel, whatever box and black bars', () => {
    const dice = chance(3)
    for (let n = 0; n < 1_000; n++) {
      const picture = { width: 1 + Math.floor(dice() * 4000), height: 1 + Math.floor(dice() * 4000) }
      const box = { width: 50 + dice() * 3000, height: 50 + dice() * 3000 }
      const at = { x: dice(), y: dice() }
      const point = toPoint(box, picture, onCanvas(contained(picture, box), at))
      expect(Math.abs(point.x / FRACTION - at.x)).toBeLessThan(1e-7)
      expect(Math.abs(point.y / FRACTION - at.y)).toBeLessThan(1e-7)
    }
  })

  it('beside the picture are at its edge', () => {
    expect(toPoint({ width: 200, height: 100 }, { width: 100, height: 100 }, { x: 0, y: 150 })).toEqual({
      x: 0,
      y: FRACTION,
    })
  })

  it('are measured in the picture’s own pixels', () => {
    expect(pixels({ x: 0, y: 0 }, { x: FRACTION / 2, y: FRACTION / 2 }, PICTURE)).toBe(400)
  })

  it('use as many canvas pixels as there are, up to a bound', () => {
    expect(sharpness({ width: 100, height: 100 }, 2, 1e6)).toBe(2)
    expect(sharpness({ width: 1000, height: 1000 }, 2, 1e6)).toBe(1)
  })
})

describe('a hand', () => {
  it('draws an arrow from where it began to where it let go, on the frame of the beginning', () => {
    const line = extend(begin('arrow', FRAME, { x: 0, y: 0 }), { x: FRACTION, y: 0 })
    expect(finish(line, PICTURE, REST)).toMatchObject({
      ...{ shape: 'arrow', frame: FRAME, picture: null, fades: true, measure: null, text: '' },
      points: [{ x: 0, y: 0 }, { x: FRACTION, y: 0 }], // prettier-ignore
    })
  })

  it('that slips draws nothing, nor does a text without words', () => {
    const point = { x: 5, y: 5 }
    expect(finish(begin('box', FRAME, point), PICTURE, REST)).toBeNull()
    expect(finish(begin('text', FRAME, point), PICTURE, { ...REST, text: '  ' })).toBeNull()
    expect(finish(begin('text', FRAME, point), PICTURE, { ...REST, text: ' a ' })).toMatchObject({ text: 'a' })
  })

  it('keeps every stroke within the bound of the wire, and both its ends', () => {
    const dice = chance(5)
    let line = begin('stroke', FRAME, { x: 1, y: 2 })
    let last = { x: 0, y: 0 }
    for (let n = 0; n < 5_000; n++) {
      last = { x: Math.floor(dice() * FRACTION), y: Math.floor(dice() * FRACTION) }
      line = extend(line, last)
      expect(line.points.length).toBeLessThanOrEqual(512)
    }
    expect(line.points[0]).toEqual({ x: 1, y: 2 })
    expect(line.points[line.points.length - 1]).toEqual(last)
  })

  it('measures in pixels, as nothing is calibrated', () => {
    const line = extend(begin('caliper', FRAME, { x: 0, y: 0 }), { x: 0, y: FRACTION })
    expect(finish(line, PICTURE, REST)?.measure).toEqual({ value: 480_000, unit: 'px' })
  })

  it('may be a keyboard', () => {
    const middle = { x: FRACTION / 2, y: FRACTION / 2 }
    expect(moved(middle, 'ArrowLeft', false)).toEqual({ x: 0.49 * FRACTION, y: middle.y })
    expect(moved({ x: 0, y: 0 }, 'ArrowUp', true)).toEqual({ x: 0, y: 0 })
    expect(moved(middle, 'a', false)).toBeNull()
  })
})

describe('frames of my own', () => {
  it('are known by when they were captured', () => {
    const sent = new SentFrames()
    expect(sent.at(5)).toEqual({ rtp: null, settled: false, next: null })
    sent.add({ us: 10_000, rtp: 4_294_967_290 })
    sent.add({ us: 43_000, rtp: 2_964 }) // across the wrap
    expect([4_000, 6_000, 13_000, 47_900].map((us) => sent.at(us))).toEqual(
      [null, 4_294_967_290, 4_294_967_290, 2_964].map((rtp) => ({ rtp, settled: true, next: null })),
    )
    expect([sent.usOf(2_964), sent.usOf(1)]).toEqual([43_000, null])
  })

  it('that were left out have a key that nobody else has', () => {
    const sent = new SentFrames()
    sent.add({ us: 10_000, rtp: 4_294_967_290 })
    sent.add({ us: 76_667, rtp: 5_994 })
    expect(sent.at(43_333)).toEqual({ rtp: 2_994, settled: true, next: 5_994 })
  })

  it('of another device begin anew', () => {
    const sent = new SentFrames()
    sent.add({ us: 50_000, rtp: 100 })
    sent.add({ us: 10, rtp: 200 })
    expect(sent.usOf(100)).toBeNull()
    expect(sent.at(60_000).rtp).toBe(200)
  })

  it('are not told of before they are: the one before is, while it is not old', () => {
    const sent = new SentFrames()
    sent.add({ us: 10_000, rtp: 900 })
    expect(sent.at(43_000)).toEqual({ rtp: 900, settled: false, next: null })
    sent.add({ us: 76_000, rtp: 6_900 }) // that one was never sent
    expect(sent.at(43_000)).toEqual({ rtp: 3_870, settled: true, next: 6_900 })
    expect([575_000, 577_000].map((us) => sent.at(us).rtp)).toEqual([6_900, null])
    sent.add({ us: 900_000, rtp: 81_060 })
    expect(sent.at(300_000).next).toBeNull() // another picture
  })

  it('are kept raw for a second and a half, and within a bound of memory', () => {
    const ring = new RawRing<number>()
    for (let n = 0; n < 100; n++) ring.add({ us: n * 33_333, bytes: 1_000, content: n })
    expect(ring.at(99 * 33_333)).toBe(99)
    expect(ring.at(60 * 33_333)).toBe(60)
    expect(ring.at(40 * 33_333)).toBeNull()
    expect(ring.at(99 * 33_333 + 1)).toBeNull()
    expect([ring.near(98 * 33_333 + 4_000), ring.near(98 * 33_333 + 9_000)]).toEqual([98, null])
    for (let n = 100; n < 110; n++) ring.add({ us: n * 33_333, bytes: 60_000_000, content: n })
    expect([ring.at(107 * 33_333), ring.at(108 * 33_333), ring.at(109 * 33_333)]).toEqual([null, 108, 109])
  })
})

describe('the age of a picture', () => {
  it('is put together from its legs, and unknown while one is', () => {
    const legs = { upRtt: 40, downRtt: 60, holding: 30, fps: 30 }
    expect(estimate(legs)).toBe(130)
    expect(estimate({ ...legs, holding: null })).toBeNull()
    expect([200, 201, 300, 301].map(gradeOf)).toEqual(['ok', 'fair', 'fair', 'poor'])
  })

  it('does not jump at a hiccup', () => {
    const steady = new Steady()
    expect([100, 110, 900, 105, 100].map((ms) => steady.add(ms)).at(-1)).toBe(105)
  })

  it('takes holding and decoding from what two reports differ in', () => {
    const before = { totalProcessingDelay: 1, framesDecoded: 10 }
    expect(holdingOf(before, { totalProcessingDelay: 1.5, framesDecoded: 20 })).toBe(50)
    expect([holdingOf(null, before), holdingOf(before, before)]).toEqual([null, null])
  })
})

describe('spoken cues', () => {
  it('come no faster than an ear follows', () => {
    const pace = new Pace()
    expect(pace.wait(0)).toBe(0)
    pace.spoke(0)
    expect([pace.wait(200), pace.wait(1_200)]).toEqual([1_000, 0])
  })
})

it('says why a frame has no name', () => {
  expect([whyNameless(7, true), whyNameless(0, false)]).toEqual([null, null])
  expect([whyNameless(null, true), whyNameless(null, false)]).toEqual(['wait', 'browser'])
})
