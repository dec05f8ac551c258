import { describe, expect, it } from 'vitest'

import { BATCH_BYTES, BATCH_FILES, batches, isPicture, isZip, multipart } from './batches'
import type { Brought } from './batches'

const file = (name: string, size: number): Brought => ({ name, file: { size } as Blob })

/** A small generator with a seed, so that a failure can be run again. */
function dice(seed: number): () => number {
  let state = seed
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31
}

describe('batches', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('hold every file once, in order, within bounds (seed %i)', (seed) => {
    const roll = dice(seed)
    const files = Array.from({ length: 400 }, (_, n) => file(String(n), Math.floor(roll() ** 4 * 3 * BATCH_BYTES)))
    const made = batches(files)
    expect(made.flatMap((batch) => batch.files)).toEqual(files)
    for (const batch of made) {
      expect(batch.files.length).toBeLessThanOrEqual(BATCH_FILES)
      expect(batch.bytes).toBe(batch.files.reduce((sum, one) => sum + one.file.size, 0))
      if (batch.files.length > 1) expect(batch.bytes).toBeLessThanOrEqual(BATCH_BYTES)
    }
  })

  it('send a ZIP as it is, and nothing is one batch of nothing', () => {
    const zip = file('a.zip', 1)
    expect(batches([file('b', 1)], [zip]).map((batch) => batch.kind)).toEqual(['zip', 'dicom'])
    expect(batches([])).toEqual([])
  })

  it('are written as multipart/related', async () => {
    const files = [
      { name: 'a', file: new Blob(['AA']) },
      { name: 'b', file: new Blob(['B']) },
    ]
    const { body, type } = multipart(files, 'xyz')
    expect(type).toBe('multipart/related; type="application/dicom"; boundary=xyz')
    const part = (words: string): string => `--xyz\r\nContent-Type: application/dicom\r\n\r\n${words}\r\n`
    expect(await body.text()).toBe(`${part('AA')}${part('B')}--xyz--\r\n`)
  })
})

it('leaves out what is no picture, and knows a ZIP', () => {
  for (const name of ['.DS_Store', 'a/.hidden', 'x/Thumbs.db', 'DICOMDIR', 'cd/dicomdir', '__MACOSX/a'])
    expect(isPicture(name), name).toBe(false)
  for (const name of ['IM000001', 'a/b.dcm', 'DICOM/IM1', 'report.pdf']) expect(isPicture(name), name).toBe(true)
  expect([isZip('a.ZIP', ''), isZip('a', 'application/zip'), isZip('a.dcm', '')]).toEqual([true, true, false])
})
