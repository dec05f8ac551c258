// What is read from metadata, and what calipers make of it.
import { describe, expect, it } from 'vitest'

import { measured, regionAt } from './measure'
import { inOrder, instanceOf, ofFrame, planeOf } from './metadata'
import type { Dataset } from '../session/dicom_json'
import type { Instance } from './metadata'

const value = (...of: unknown[]) => ({ vr: 'XX', Value: of })
const BASE: Dataset = {
  '0020000D': value('1.2'),
  '0020000E': value('1.2.3'),
  '00080018': value('1.2.3.4'),
  '00280010': value(100),
  '00280011': value(200),
  '00280004': value('MONOCHROME2'),
}
const read = (more: Dataset = {}): Instance => instanceOf({ ...BASE, ...more })!
const region = (unit: [number, number], [x0, y0, x1, y1]: number[], delta: [number, number]): Dataset => ({
  '00186018': value(x0),
  '0018601A': value(y0),
  '0018601C': value(x1),
  '0018601E': value(y1),
  '00186024': value(unit[0]),
  '00186026': value(unit[1]),
  '0018602C': value(delta[0]),
  '0018602E': value(delta[1]),
})

describe('an instance', () => {
  it('needs a size and its identity', () => {
    expect(instanceOf({})).toBeNull()
    expect(instanceOf({ ...BASE, '00280010': value(0) })).toBeNull()
    expect(instanceOf({ ...BASE, '00080018': value() })).toBeNull()
  })

  it('says millimetres only where they are in the patient, or says where', () => {
    expect(read()).toMatchObject({ calibration: 'none', geometry: { sx: 1, sy: 1, unit: 'px' } })
    expect(read({ '00280030': value('0.5', 0.25) })).toMatchObject({
      calibration: 'pixel',
      geometry: { sx: 0.25, sy: 0.5, unit: 'mm' },
    })
    const detector: Dataset = { '00181164': value(0.2, 0.2) }
    expect(read(detector)).toMatchObject({ calibration: 'detector', geometry: { sx: 0.2 } })
    expect(read({ ...detector, '00181114': value(1.25) })).toMatchObject({
      calibration: 'magnified',
      geometry: { sx: 0.16 },
    })
    expect(read({ '00280034': value(2, 1) })).toMatchObject({ geometry: { sx: 1, sy: 2, unit: 'px' } })
    expect(read({ '00280030': value(0, 1) }).calibration).toBe('none')
    expect(read({ '00280030': value('wide', 1) }).calibration).toBe('none')
  })

  it('that is enhanced has spacing, window and table of each frame, else the shared ones', () => {
    const table = value({ '00283002': value(2, 0, 8), '00283006': value(0, 255), '00283003': value('SOFT') })
    const one = read({
      '00280008': value(3),
      '52009229': value({ '00289110': value({ '00280030': value(2, 2) }), '00289132': value({ '00283010': table }) }),
      '52009230': value(
        { '00289110': value({ '00280030': value(0.5, 0.25) }) },
        { '00289132': value({ '00281050': value(50), '00281051': value(80), '00281056': value('SIGMOID') }) },
        {},
      ),
    })
    const [first, second, third] = [ofFrame(one, 1), ofFrame(one, 2), ofFrame(one, 3)]
    expect([first, second, third].map(({ geometry: { sx, sy } }) => [sx, sy])).toEqual([[0.25, 0.5], [2, 2], [2, 2]]) // prettier-ignore
    expect(first.windows).toMatchObject([{ words: 'SOFT', greys: { curve: 'table', centre: 1, width: 2 } }])
    expect(second.windows).toMatchObject([{ greys: { curve: 'sigmoid', centre: 50, width: 80 } }])
    expect([second.tables.voi, third.tables.voi?.most]).toEqual([null, 255])
    expect(ofFrame(read(), 1)).toEqual(read())
  })

  it('has a window before its table, and a table where it has no window', () => {
    const table = value({ '00283002': value(2, 0, 8), '00283006': value(0, 255) })
    expect(read({ '00283010': table }).windows.map(({ greys }) => greys.curve)).toEqual(['table'])
    const both = read({ '00283010': table, '00281050': value(1), '00281051': value(2) })
    expect(both.windows.map(({ greys }) => greys.curve)).toEqual(['linear', 'table'])
  })

  it('reads windows, with their names, and leaves out what is none', () => {
    const one = read({ '00281050': value('40', -600), '00281051': value(400, 0), '00281055': value('ABDOMEN', 'LUNG') })
    expect(one.windows.map(({ words, greys }) => [words, greys.centre, greys.width])).toEqual([['ABDOMEN', 40, 400]])
    expect(
      read({ '00281050': value(1), '00281051': value(2), '00281056': value('SIGMOID') }).windows[0]?.greys.curve,
    ).toBe('sigmoid')
  })

  it('reads how fast its frames were taken', () => {
    expect(read({ '00181063': value('40') }).rate).toBe(25)
    expect(read({ '00181065': value(0, 20, 60) }).rate).toBe(25)
    expect(read({ '00082144': value(12), '00181063': value(40) }).rate).toBe(12)
    expect(read().rate).toBe(0)
  })

  it('reads a frame from its functional groups, its own before the shared', () => {
    const one = read({
      '00280008': value(2),
      '52009229': value({
        '00289110': value({ '00280030': value(0.7, 0.7) }),
        '00209116': value({ '00200037': value(0, 1, 0, 0, 0, -1) }),
        '00289145': value({ '00281052': value(-1024), '00281053': value(2) }),
      }),
      '52009230': value(
        { '00209113': value({ '00200032': value(1, 2, 3) }) },
        { '00209113': value({ '00200032': value(4, 5, 6) }) },
      ),
    })
    expect(one.geometry.sx).toBe(0.7)
    expect(planeOf(one, 2)).toEqual({ origin: [4, 5, 6], row: [0, 1, 0], column: [0, 0, -1] })
    expect(ofFrame(one, 1).tables).toMatchObject({ slope: 2, intercept: -1024 })
  })

  it('lies on its own where its orientation makes no sense', () => {
    const nonsense = read({ '00200037': value(1, 0, 0, 1, 0, 0), '00200032': value(1, 2) })
    expect(planeOf(nonsense, 1)).toEqual({ origin: [0, 0, 0], row: [1, 0, 0], column: [0, 1, 0] })
  })

  it('knows what is white', () => {
    expect(read({ '00280004': value('MONOCHROME1') }).inverse).toBe(true)
    expect(read({ '00280004': value('PALETTE COLOR') }).colour).toBe(true)
  })

  it('comes in the order of numbers, the same everywhere', () => {
    const named = (number: number, name: string): Instance => ({
      ...read(),
      number,
      instance: name as Instance['instance'],
    })
    const order = inOrder([named(2, 'b'), named(1, 'c'), named(2, 'a')]).map((one) => one.instance)
    expect(order).toEqual(['c', 'a', 'b'])
  })
})

describe('a caliper', () => {
  const p = { x: 0.1, y: 0.1 }
  const q = { x: 0.1, y: 0.6 } // 50 px down

  it('says millimetres where they are known, else pixels', () => {
    expect(measured('length', [p, q], read({ '00280030': value(0.5, 0.5) }))).toEqual({ value: 25_000, unit: 'mm' })
    expect(measured('length', [p, q], read())).toEqual({ value: 50_000, unit: 'px' })
  })

  it('takes the units of the ultrasound region that both ends are in, the smaller one', () => {
    const us = read({
      '00186011': value(region([3, 3], [0, 0, 199, 99], [0.02, 0.02]), region([3, 3], [0, 0, 30, 99], [0.01, 0.01])),
    })
    expect(measured('caliper', [p, q], us)).toEqual({ value: 5_000, unit: 'mm' })
    expect(
      measured(
        'caliper',
        [
          { x: 0.5, y: 0.1 },
          { x: 0.5, y: 0.6 },
        ],
        us,
      ),
    ).toEqual({ value: 10_000, unit: 'mm' })
    expect(regionAt(us, { x: 2, y: 2 })).toBeNull()
  })

  it('says pixels outside the regions even where the instance has a spacing', () => {
    const us = read({ '00280030': value(1, 1), '00186011': value(region([3, 3], [0, 0, 10, 10], [0.02, 0.02])) })
    expect(measured('caliper', [p, q], us)).toEqual({ value: 50_000, unit: 'px' })
  })

  it('says seconds sideways and speed upwards in a sweep', () => {
    const sweep = read({ '00186011': value(region([4, 7], [0, 0, 199, 99], [0.01, 2])) })
    expect(measured('caliper', [p, q], sweep)).toEqual({ value: 100_000, unit: 'cm_per_s' })
    expect(measured('caliper', [p, { x: 0.6, y: 0.1 }], sweep)).toEqual({ value: 1_000, unit: 'second' })
  })

  it('says the area of an ellipse and an angle, both with the pixels as they are', () => {
    const flat = read({ '00280030': value(2, 1) })
    const corners = [
      { x: 0, y: 0 },
      { x: 0.1, y: 0.1 },
    ] // 20 mm by 20 mm
    expect(measured('ellipse', corners, flat)?.value).toBeCloseTo(Math.PI * 100 * 1000, -1)
    const right = measured(
      'angle',
      [
        { x: 0.1, y: 0 },
        { x: 0, y: 0 },
        { x: 0, y: 0.1 },
      ],
      flat,
    )
    const half = measured(
      'angle',
      [
        { x: 0.1, y: 0 },
        { x: 0, y: 0 },
        { x: 0.1, y: 0.1 },
      ],
      flat,
    )
    expect([right, half]).toEqual([
      { value: 90_000, unit: 'degree' },
      { value: 45_000, unit: 'degree' },
    ])
  })

  it('measures nothing else', () => {
    expect(measured('arrow', [p, q], read())).toBeNull()
    expect(measured('length', [p], read())).toBeNull()
    expect(measured('angle', [p, q], read())).toBeNull()
  })
})
