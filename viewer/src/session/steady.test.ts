// What says the same stays the same object.
import { expect, it } from 'vitest'

import type { Shown, Sight } from './looking'
import { area, image, voi } from './looking_words.testing'
import { steady } from './steady'

const one = (n: number, moved = 0): Shown => ({
  image: image('1', n),
  area: area(moved),
  voi: voi(40),
  cine: null,
  cine_t: 0,
  origin: 'rest',
})
const sight = (...viewports: Shown[]): Sight => ({ rows: 1, columns: 2, viewports, leading: false, following: true })

it('is the same sight when nothing is another', () => {
  const before = sight(one(1), one(2))
  expect(steady(sight(one(1), one(2)), before)).toBe(before)
})

it('keeps the viewports, and the groups of a View, that did not change', () => {
  const before = sight(one(1), one(2))
  const after = steady(sight(one(1), one(2, 9)), before)
  expect(after.viewports[0]).toBe(before.viewports[0])
  expect(after.viewports[1]).toEqual(one(2, 9))
  expect(after.viewports[1]?.voi).toBe(before.viewports[1]?.voi)
  expect(after.viewports[1]?.image).toBe(before.viewports[1]?.image)
})

it('misses no change of a viewport, of the layout, or of who leads', () => {
  const before = sight(one(1), one(2))
  const others: Sight[] = [
    { ...before, rows: 2, columns: 1 },
    { ...before, leading: true },
    { ...before, following: false },
    sight(one(1)),
    sight(one(1), one(2), one(3)),
    sight(one(1), { ...one(2), origin: 'moving' }),
    sight(one(1), { ...one(2), cine_t: 5 }),
    sight(one(1), { ...one(2), cine: { playing: true, rate: 3_000, frame: 1 } }),
    sight(one(1), { ...one(2), area: null }),
  ]
  for (const other of others) expect(steady(other, before)).toEqual(other)
})
