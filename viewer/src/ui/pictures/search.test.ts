import { expect, it } from 'vitest'

import { queries, studiesIn } from './search'

const today = new Date(2026, 10, 25)

it('asks by name and by number, within days', () => {
  expect(queries('', 'all', today)).toEqual(['limit=50&includefield=StudyDescription'])
  const [name, id] = queries(' Li  Mei* ', 'week', today).map((query) => new URLSearchParams(query))
  expect([name?.get('PatientName'), name?.get('StudyDate')]).toEqual(['*Li*Mei*', '20261118-20261125'])
  expect([id?.get('PatientID'), id?.get('PatientName')]).toEqual(['Li  Mei*', null])
  expect(new URLSearchParams(queries('x', 'month', today)[0]).get('StudyDate')).toBe('20261026-20261125')
})

it('lists each study once, newest first', () => {
  const row = (uid: string, date: string): object => ({ '0020000D': { Value: [uid] }, '00080020': { Value: [date] } })
  const found = studiesIn([
    [row('1', '20200101'), row('2', '20260101')],
    [row('1', '20200101'), {}],
  ] as never)
  expect(found.map((one) => one['0020000D']?.Value?.[0])).toEqual(['2', '1'])
})
