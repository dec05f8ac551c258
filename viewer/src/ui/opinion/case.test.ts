import { expect, it } from 'vitest'

import type { AccountId, Person } from '../../session/wire.gen'
import { writesIn } from './case'
import type { Case } from './case'

const WANG = { account: 'w' as AccountId, role: 'specialist' } as Person
const withPeople = (...people: string[]): Case => ({ people }) as unknown as Case

it('is a specialist of the consultation who writes, and none who was only given access', () => {
  expect(writesIn(withPeople('l', 'w'), WANG)).toBe(true)
  expect(writesIn(withPeople('l'), WANG)).toBe(false)
  expect(writesIn({ ...withPeople(), people: null }, WANG)).toBe(true)
  expect(writesIn(withPeople('w'), { ...WANG, role: 'reviewer' })).toBe(false)
  expect(writesIn(withPeople('w'), null)).toBe(false)
})
