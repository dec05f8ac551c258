// View → presentation state → View: what the archive wrote (tests/golden, made by recordings/dicom) is read back as the
// View that was, but for whole pixels; and marks as the outlines that they are.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import type { Mark, Picture, ViewportState } from '../session/wire.gen'
import { instanceOf } from './metadata'
import type { Dataset } from '../session/dicom_json'
import { pictureIn, presentedOf } from './presentation'
import { affineOf, fromArea } from './view'

interface Case {
  view: ViewportState & { image: Picture }
  marks: Mark[]
  image: Dataset
  presentation: Dataset
}
const path = join(import.meta.dirname, '../../../tests/golden/presentation.json')
const CASES = JSON.parse(readFileSync(path, 'utf8')) as Case[]
const CANVAS = { width: 640, height: 480 }

describe.each(CASES.map((one, n) => [n, one] as const))(
  'presentation state %i',
  (_n, { view, marks, image, presentation }) => {
    const instance = instanceOf(image)!
    const picture = pictureIn(presentation)!
    const read = presentedOf(presentation, picture, instance)

    it('names the frame', () => expect(picture).toEqual(view.image))

    it('shows the same part, each edge within half a pixel', () => {
      const { geometry } = instance
      const [was, is] = [view.area!, read.area!].map((area) => fromArea(area, geometry))
      const lies = Math.round(was!.rotation / 90) % 2 !== 0
      const [sx, sy] = lies ? [geometry.sy, geometry.sx] : [geometry.sx, geometry.sy]
      expect(Math.abs(was!.centre.x - is!.centre.x) * geometry.columns).toBeLessThanOrEqual(0.5)
      expect(Math.abs(was!.centre.y - is!.centre.y) * geometry.rows).toBeLessThanOrEqual(0.5)
      expect(Math.abs(was!.width - is!.width) / sx).toBeLessThanOrEqual(1)
      expect(Math.abs(was!.height - is!.height) / sy).toBeLessThanOrEqual(1)
    })

    it('turns and flips it the same way', () => {
      const { geometry } = instance
      const [was, is] = [view.area!, read.area!].map((area) => affineOf(fromArea(area, geometry), geometry, CANVAS))
      for (const part of ['a', 'b', 'c', 'd'] as const) {
        const [before, after] = [was![part], is![part]].map((one) => Math.sign(Math.abs(one) < 1e-6 ? 0 : one))
        expect(after).toBe(before)
      }
    })

    it('has the same window', () => {
      if (!view.voi) return expect(read.voi).toBeUndefined()
      expect(read.voi).toEqual(view.voi)
    })

    it('has every outline and every word', () => {
      const drawn = marks.filter((mark) => mark.shape !== 'text')
      expect(read.marks.filter((mark) => mark.shape !== 'text')).toHaveLength(drawn.length)
      expect(read.marks.filter((mark) => mark.shape === 'text').map((mark) => mark.text)).toContain('胆囊 gallbladder')
      for (const mark of read.marks) expect(mark.key).toMatch(/^[0-9A-Za-z_-]{1,36}$/)
    })

    it('has the ellipse where it was', () => {
      const [was, is] = [marks, read.marks].map((list) => list.find((mark) => mark.shape === 'ellipse')!.points)
      for (const [n, point] of was!.entries()) {
        expect(Math.abs(point.x - is![n]!.x)).toBeLessThan(100)
        expect(Math.abs(point.y - is![n]!.y)).toBeLessThan(100)
      }
    })
  },
)

describe('what makes no sense', () => {
  const { image, presentation } = CASES[0]!
  const instance = instanceOf(image)!
  const picture = pictureIn(presentation)!

  it('is no picture', () => expect(pictureIn({})).toBeNull())

  it('is left out', () => {
    const broken = {
      ...presentation,
      '0070005A': { Value: [{ '00700052': { Value: ['x'] } }, null] },
      '00283110': { Value: [{ '00281050': { Value: [1] }, '00281051': { Value: [-5] } }] },
      '00700001': { Value: ['?', { '00700009': { Value: [{ '00700022': { Value: ['NaN', 1] } }, 3] } }] },
    }
    expect(presentedOf(broken, picture, instance)).toEqual({ marks: [] })
  })
})
