// Which of several files is a picture. How one is drawn anew, a real browser shows (tests/system).
import { expect, it } from 'vitest'

import { pictureIn, redraw } from './picture'

it('takes the first picture among files', () => {
  const text = new File(['x'], 'a.txt', { type: 'text/plain' })
  const photo = new File(['x'], 'b.png', { type: 'image/png' })
  expect(pictureIn([text, photo])).toBe(photo)
  expect(pictureIn([text])).toBeNull()
  expect(pictureIn(undefined)).toBeNull()
})

it('says when a file is none', async () => {
  expect(await redraw(new Blob(['no picture']))).toBeNull()
})
