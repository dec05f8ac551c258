// Marks go where the picture is, keep their line's width, and fade.
import { describe, expect, it } from 'vitest'

import { chance } from '../dicom/chance.testing'
import { affineOf, whole } from '../dicom/view'
import { SHAPE_VALUES } from '../session/wire.gen'
import type { Shape } from '../session/wire.gen'
import { contained, inPicture, onCanvas } from './affine'
import type { Affine, Place } from './affine'
import { colourName } from './colours'
import { alphaOf, drawMark, drawPointer } from './draw'
import type { Pen } from './draw'

/** A pen that remembers where it was and what it wrote. */
function pen(): Pen & { at: Place[]; written: { words: string; at: Place; alpha: number }[]; widths: number[] } {
  const at: Place[] = []
  const written: { words: string; at: Place; alpha: number }[] = []
  const widths: number[] = []
  const self = {
    at,
    written,
    widths,
    globalAlpha: 1,
    lineWidth: 1,
    beginPath: () => undefined,
    closePath: () => undefined,
    moveTo: (x: number, y: number) => void at.push({ x, y }),
    lineTo: (x: number, y: number) => void at.push({ x, y }),
    arc: (x: number, y: number) => void at.push({ x, y }),
    stroke: () => void widths.push(self.lineWidth),
    fill: () => undefined,
    strokeText: () => undefined,
    fillText: (words: string, x: number, y: number) =>
      void written.push({ words, at: { x, y }, alpha: self.globalAlpha }),
    measureText: () => ({ width: 10 }),
  }
  return self as unknown as ReturnType<typeof pen>
}

const points = (...places: [number, number][]): { x: number; y: number }[] =>
  places.map(([x, y]) => ({ x: Math.round(x * 1e8), y: Math.round(y * 1e8) }))
const mark = (shape: Shape, ...places: [number, number][]) => ({
  mark: { shape, points: points(...places) },
  colour: 'red',
  words: '',
  alpha: 1,
})
const next = chance(5)
const anyAffine = (): Affine => {
  const g = { columns: 640, rows: 480, sx: 0.3, sy: 0.4, unit: 'mm' as const }
  const sight = { ...whole(g), rotation: next() * 360, flipX: next() < 0.5, flipY: next() < 0.5 }
  return affineOf(sight, g, { width: 300 + 900 * next(), height: 300 + 900 * next() })
}

describe('a mark', () => {
  it.each(['arrow', 'stroke', 'length', 'caliper', 'angle', 'box'] as Shape[])(
    '%s goes through its points',
    (shape) => {
      for (let n = 0; n < 100; n++) {
        const [to, p] = [anyAffine(), pen()]
        const places: [number, number][] = [
          [next(), next()],
          [next(), next()],
          ...(shape === 'angle' ? [[next(), next()] as [number, number]] : []),
        ]
        drawMark(p, mark(shape, ...places), to)
        for (const [x, y] of places) {
          const want = onCanvas(to, { x, y })
          const nearest = Math.min(...p.at.map((at) => Math.hypot(at.x - want.x, at.y - want.y)))
          expect(nearest).toBeLessThan(1e-4)
        }
      }
    },
  )

  it('an ellipse fills its box in the picture, however that is turned', () => {
    const [to, p] = [anyAffine(), pen()]
    drawMark(p, mark('ellipse', [0.2, 0.3], [0.6, 0.7]), to)
    const places = p.at.map((at) => inPicture(to, at))
    const [xs, ys] = [places.map((at) => at.x), places.map((at) => at.y)]
    expect(Math.min(...xs)).toBeCloseTo(0.2, 6)
    expect(Math.max(...xs)).toBeCloseTo(0.6, 6)
    expect(Math.min(...ys)).toBeCloseTo(0.3, 6)
    expect(Math.max(...ys)).toBeCloseTo(0.7, 6)
  })

  it('keeps its width and is rimmed with dark', () => {
    const p = pen()
    drawMark(p, mark('arrow', [0, 0], [1, 1]), { a: 5000, b: 0, c: 0, d: 5000, e: 0, f: 0 })
    expect(p.widths).toEqual([6, 2])
  })

  it('says its words with its own strength; flagged it is half as strong', () => {
    const p = pen()
    const to = contained({ width: 10, height: 10 }, { width: 100, height: 100 })
    drawMark(p, { ...mark('text', [0.5, 0.5]), words: 'here', alpha: 0.5 }, to)
    drawMark(p, { ...mark('text', [0.5, 0.5]), words: 'late', alpha: 0.5, flagged: true }, to)
    expect(p.written).toEqual([
      { words: 'here', at: { x: 50, y: 50 }, alpha: 0.5 },
      { words: 'late', at: { x: 50, y: 50 }, alpha: 0.25 },
    ])
    expect(p.globalAlpha).toBe(1)
  })

  it.each([...SHAPE_VALUES])('%s with too few points is no trouble', (shape) => {
    expect(() =>
      drawMark(pen(), { mark: { shape, points: [] }, colour: 'red', words: 'x', alpha: 1 }, anyAffine()),
    ).not.toThrow()
  })

  it('fades at the end of its time', () => {
    expect(alphaOf(false, 1e12, 8e6)).toBe(1)
    expect(alphaOf(true, 0, 8e6)).toBe(1)
    expect(alphaOf(true, 7_250_000, 8e6)).toBeCloseTo(0.5)
    expect(alphaOf(true, 9e6, 8e6)).toBe(0)
  })
})

describe('a pointer', () => {
  it('is where it points, and at the edge when that is outside', () => {
    const to = contained({ width: 100, height: 50 }, { width: 200, height: 200 })
    const size = { width: 200, height: 200 }
    const [inside, outside] = [pen(), pen()]
    drawPointer(inside, { at: { x: 0.5, y: 0.5 }, colour: 'red', name: 'Li' }, to, size)
    drawPointer(outside, { at: { x: 9, y: 0.5 }, colour: 'red', name: 'Li' }, to, size)
    expect(inside.at[0]).toEqual({ x: 100, y: 100 })
    expect(outside.at[0]).toEqual({ x: 200, y: 100 })
    expect(inside.written[0]?.words).toBe('Li')
  })
})

describe('colours', () => {
  it('are eight, the same for the same number', () => {
    expect(new Set(Array.from({ length: 8 }, (_, n) => colourName(n + 1))).size).toBe(8)
    expect(colourName(9)).toBe(colourName(1))
    expect(colourName(0)).toBe('--mark-1')
  })
})
