// The arithmetic of a View: to the wire and back, what a hand does, and what everybody sees of it.
import { describe, expect, it } from 'vitest'

import { inPicture, onCanvas } from '../marks/affine'
import type { Size } from '../marks/affine'
import { chance } from './chance.testing'
import {
  affineOf,
  fromArea,
  fromVoi,
  mirrored,
  moved,
  scaleOf,
  sightOf,
  toArea,
  toVoi,
  turned,
  whole,
  windowed,
  zoomed,
} from './view'
import type { Geometry, Greys, Sight } from './view'

const next = chance(20260711)
const between = (low: number, high: number): number => low + next() * (high - low)
const geometry = (): Geometry => ({
  columns: Math.round(between(1, 4000)),
  rows: Math.round(between(1, 4000)),
  sx: between(0.05, 3),
  sy: between(0.05, 3),
  unit: next() < 0.5 ? 'mm' : 'px',
})
const canvas = (): Size => ({ width: between(50, 3000), height: between(50, 3000) })
const sight = (of: Geometry): Sight => {
  const all = whole(of)
  const zoom = Math.exp(between(-1, 3))
  return {
    centre: { x: between(0, 1), y: between(0, 1) },
    width: (all.width / zoom) * between(0.5, 2),
    height: (all.height / zoom) * between(0.5, 2),
    rotation: next() < 0.5 ? Math.floor(between(0, 4)) * 90 : between(0, 360),
    flipX: next() < 0.5,
    flipY: next() < 0.5,
  }
}
const many = (test: () => void): void => {
  for (let n = 0; n < 500; n++) test()
}

describe('the wire', () => {
  it('keeps a View within a hundredth of a pixel', () =>
    many(() => {
      const g = geometry()
      const s = sight(g)
      const back = fromArea(toArea(s, g.unit), g)
      expect(Math.abs(back.centre.x - s.centre.x) * g.columns).toBeLessThan(0.01)
      expect(Math.abs(back.centre.y - s.centre.y) * g.rows).toBeLessThan(0.01)
      expect(back.width / s.width).toBeCloseTo(1, 3)
      expect(Math.abs(back.rotation - s.rotation) % 360).toBeLessThan(0.0051)
      expect([back.flipX, back.flipY]).toEqual([s.flipX, s.flipY])
    }))

  it('is the same again after once: nothing creeps', () =>
    many(() => {
      const g = geometry()
      const once = toArea(sight(g), g.unit)
      expect(toArea(fromArea(once, g), g.unit)).toEqual(once)
    }))

  it('stays in its bounds whatever a hand did', () => {
    const g: Geometry = { columns: 1, rows: 1, sx: 1e6, sy: 1e6, unit: 'mm' }
    const area = toArea({ ...whole(g), centre: { x: 1e9, y: -1e9 }, rotation: 359.999 }, 'mm')
    expect(area).toMatchObject({ centre_x: 2e9, centre_y: -2e9, width: 4e9, rotation: 0 })
  })

  it('keeps greys', () =>
    many(() => {
      const greys: Greys = {
        centre: between(-2e3, 2e3),
        width: between(1, 5e3),
        curve: 'linear',
        invert: false,
        map: 'grey',
      }
      const back = fromVoi(toVoi(greys))
      expect(back.centre).toBeCloseTo(greys.centre, 2)
      expect(back.width).toBeCloseTo(greys.width, 2)
    }))

  it('reads an area of another unit by columns', () => {
    const mm: Geometry = { columns: 100, rows: 100, sx: 0.5, sy: 0.5, unit: 'mm' }
    const px = toArea(whole({ ...mm, sx: 1, sy: 1, unit: 'px' }), 'px')
    expect(fromArea(px, mm).width).toBeCloseTo(50)
  })
})

describe('every canvas', () => {
  it('shows the whole of what the leader sees, its middle in the middle, and no larger than fits', () =>
    many(() => {
      const [g, size] = [geometry(), canvas()]
      const s = sight(g)
      const scale = scaleOf(s, size)
      expect(s.width * scale).toBeLessThanOrEqual(size.width * (1 + 1e-9))
      expect(s.height * scale).toBeLessThanOrEqual(size.height * (1 + 1e-9))
      expect(Math.max((s.width * scale) / size.width, (s.height * scale) / size.height)).toBeCloseTo(1, 9)
      const middle = onCanvas(affineOf(s, g, size), s.centre)
      expect(middle.x).toBeCloseTo(size.width / 2, 5)
      expect(middle.y).toBeCloseTo(size.height / 2, 5)
    }))

  it('says what it shows: read back, it is the same sight', () =>
    many(() => {
      const [g, size] = [geometry(), canvas()]
      const s = sight(g)
      const back = sightOf(affineOf(s, g, size), g, size, s)
      expect(back.centre.x).toBeCloseTo(s.centre.x, 7)
      expect(back.centre.y).toBeCloseTo(s.centre.y, 7)
      expect(Math.abs(((back.rotation - s.rotation + 540) % 360) - 180)).toBeLessThan(1e-6)
      expect(scaleOf(back, size) / scaleOf(s, size)).toBeCloseTo(1, 9)
    }))

  it('turns after it flips: the first column of a mirrored picture turned right is below', () => {
    const g: Geometry = { columns: 100, rows: 100, sx: 1, sy: 1, unit: 'px' }
    const to = affineOf({ ...whole(g), flipX: true, rotation: 90 }, g, { width: 100, height: 100 })
    const first = onCanvas(to, { x: 0, y: 0.5 })
    expect(first.x).toBeCloseTo(50)
    expect(first.y).toBeCloseTo(100)
  })
})

describe('a hand', () => {
  it('moves the picture with it', () =>
    many(() => {
      const [g, size] = [geometry(), canvas()]
      const s = { ...sight(g), centre: { x: 0.5, y: 0.5 } }
      const [dx, dy] = [between(-3, 3), between(-3, 3)]
      const before = onCanvas(affineOf(s, g, size), { x: 0.5, y: 0.5 })
      const after = moved(s, g, size, dx, dy)
      if ([after.centre.x, after.centre.y].some((at) => at <= 0 || at >= 1)) return // the edge holds it
      const now = onCanvas(affineOf(after, g, size), { x: 0.5, y: 0.5 })
      expect(now.x - before.x).toBeCloseTo(dx, 5)
      expect(now.y - before.y).toBeCloseTo(dy, 5)
    }))

  it('zooms about where it is', () =>
    many(() => {
      const [g, size] = [{ ...geometry(), columns: 512, rows: 400 }, canvas()]
      const s = { ...whole(g), rotation: between(0, 360), flipX: true }
      const at = { x: size.width * between(0.4, 0.6), y: size.height * between(0.4, 0.6) }
      const place = inPicture(affineOf(s, g, size), at)
      const near = zoomed(s, g, size, 1.3, at)
      expect(s.width / near.width).toBeCloseTo(1.3, 9)
      if ([near.centre.x, near.centre.y].some((on) => on <= 0 || on >= 1)) return
      const now = onCanvas(affineOf(near, g, size), place)
      expect(now.x).toBeCloseTo(at.x, 5)
      expect(now.y).toBeCloseTo(at.y, 5)
    }))

  it('neither loses the picture nor ends within a pixel', () => {
    const g: Geometry = { columns: 512, rows: 512, sx: 1, sy: 1, unit: 'mm' }
    const size = { width: 500, height: 500 }
    let [far, near] = [whole(g), whole(g)]
    for (let n = 0; n < 100; n++) {
      far = zoomed(far, g, size, 0.5, { x: 0, y: 0 })
      near = zoomed(near, g, size, 2, { x: 250, y: 250 })
    }
    expect(far.width).toBeCloseTo(512 * 16)
    expect(near.width).toBeCloseTo(4)
  })

  it('turns four times to where it began, and mirrors twice', () =>
    many(() => {
      const s = { ...sight(geometry()), rotation: 30 }
      let now = s
      for (let n = 0; n < 4; n++) now = turned(now, 90)
      expect(now).toEqual(s)
      expect(mirrored(mirrored(s, 'x'), 'x')).toEqual(s)
      expect(mirrored(mirrored(s, 'y'), 'y')).toEqual(s)
    }))

  it('mirrors what is seen, however it is turned', () =>
    many(() => {
      const [g, size] = [geometry(), canvas()]
      const s = sight(g)
      const place = { x: between(0, 1), y: between(0, 1) }
      const before = onCanvas(affineOf(s, g, size), place)
      const now = onCanvas(affineOf(mirrored(s, 'x'), g, size), place)
      expect(now.x / size.width).toBeCloseTo(1 - before.x / size.width, 5)
      expect(now.y / size.width).toBeCloseTo(before.y / size.width, 5)
    }))

  it('widens the window and never closes it', () => {
    const greys: Greys = { centre: 40, width: 400, curve: 'linear', invert: false, map: 'grey' }
    expect(windowed(greys, 0.5, 0)).toMatchObject({ centre: 40, width: 800 })
    expect(windowed(greys, 0, 0.1).centre).toBeCloseTo(80)
    expect(windowed(greys, -1000, 0).width).toBeGreaterThan(0)
  })
})
