// From values to greys and colours: PS3.3 C.11.1 and C.11.2, PS3.6 B.1.
import { describe, expect, it } from 'vitest'

import { tableOf } from './luts'
import type { Dataset } from '../session/dicom_json'
import { coloursOf, curveOf, parts, shade } from './shading'
import type { Tables } from './shading'
import type { Greys } from './view'

const NONE: Tables = { slope: 1, intercept: 0, modality: null, voi: null }
const GREYS: Greys = { centre: 100, width: 50, curve: 'linear', invert: false, map: 'grey' }

function item(descriptor: number[], entries: object): Dataset {
  return { '00283002': { Value: descriptor }, '00283006': entries }
}

function reds(values: ArrayLike<number>, greys: Greys, tables = NONE): number[] {
  const out = new Uint32Array(values.length)
  shade(values, curveOf(greys, tables), coloursOf(greys.map, greys.invert), out)
  return [...out].map((one) => Math.round(parts(one)[0] * 255))
}

describe('a window', () => {
  it('is the formula of the standard, whole values or not', () => {
    for (const values of [Int16Array.of(74, 75, 99, 124, 125), Float32Array.of(74, 75.5, 99.25, 124, 200)]) {
      const wanted = [...values].map((x) => Math.round(255 * Math.max(0, Math.min(1, (x - 99.5) / 49 + 0.5))))
      expect(reds(values, GREYS)).toEqual(wanted)
      expect(reds(values, { ...GREYS, invert: true })).toEqual(wanted.map((one) => 255 - one))
    }
    expect(reds(Int8Array.of(-5, 5), { ...GREYS, centre: 0, width: 20, curve: 'linear_exact' })).toEqual([64, 191])
  })

  it('is over the modality’s values, whatever is stored', () => {
    const wanted = (x: number): number => Math.round(255 * Math.max(0, Math.min(1, (x - 99.5) / 49 + 0.5)))
    for (const [slope, intercept] of [
      [0.25, -3.5],
      [-2, 500],
      [1, -1024],
    ] as const) {
      // prettier-ignore
      const stored = Int16Array.from({ length: 2_000 }, (_, n) => n)
      const greys = reds(stored, GREYS, { ...NONE, slope, intercept })
      expect(greys).toEqual([...stored].map((x) => wanted(x * slope + intercept)))
      const { lower, upper } = curveOf(GREYS, { ...NONE, slope, intercept })
      expect(lower).toBeLessThan(upper)
    }
  })

  it('may be a sigmoid', () => {
    const at = [40, 80, 100, 110, 160]
    const wanted = at.map((x) => Math.round(255 / (1 + Math.exp((-4 * (x - 100)) / 50))))
    expect(reds(Uint16Array.from(at), { ...GREYS, curve: 'sigmoid' })).toEqual(wanted)
    const { lower, upper, at: curve } = curveOf({ ...GREYS, curve: 'sigmoid' }, NONE)
    expect([Math.round(255 * curve(lower)), Math.round(255 * curve(upper))]).toEqual([0, 255])
  })
})

describe('a table', () => {
  const voi = tableOf(item([4, -1, 10], { Value: [0, 1023, 512, 256] }))!

  it('says the grey of each value, and of those outside the nearest', () => {
    const tables = { ...NONE, voi }
    expect(reds(Int16Array.of(-9, -1, 0, 1, 2, 9), { ...GREYS, curve: 'table' }, tables)).toEqual([
      0, 0, 255, 128, 64, 64,
    ])
  })

  it('that is not there leaves its domain as a window', () => {
    expect(reds(Int16Array.of(0, 100, 300), { ...GREYS, curve: 'table' })).toEqual([0, 130, 255])
  })

  it('of the modality comes before the window', () => {
    const modality = tableOf(item([3, 10, 16], { InlineBinary: btoa('\x4b\x00\x64\x00\x7d\x00') }))! // 75, 100, 125
    expect(reds(Uint16Array.of(9, 10, 11, 12, 99), GREYS, { ...NONE, modality })).toEqual([0, 0, 130, 255, 255])
  })

  it('of 8 bits may have two entries a word; half a one is none', () => {
    expect(tableOf(item([3, 0, 8], { InlineBinary: btoa('abc\0') }))?.entries).toEqual(Uint8Array.of(97, 98, 99))
    expect(tableOf(item([4, 0, 16], { InlineBinary: btoa('abcdef') }))).toBeNull()
    expect(tableOf(item([4, 0, 16], { BulkDataURI: 'elsewhere' }))).toBeNull()
    expect(tableOf(item([4, 0, 40], { Value: [1, 2, 3, 4] }))).toBeNull()
    expect(tableOf(undefined)).toBeNull()
  })
})

describe('a palette', () => {
  it('colours the greys, also inverted ones', () => {
    const rgb = (one: number | undefined): number[] => parts(one ?? 0).map((share) => Math.round(share * 255))
    const [iron, other] = [coloursOf('hot_iron', false), coloursOf('hot_iron', true)]
    expect([rgb(iron[0]), rgb(iron[64]), rgb(iron[255])]).toEqual([[0, 0, 0], [128, 0, 0], [255, 255, 255]]) // prettier-ignore
    expect([...other]).toEqual([...iron].reverse())
  })
})
