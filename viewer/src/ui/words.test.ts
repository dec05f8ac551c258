import { beforeAll, describe, expect, it } from 'vitest'

import { firstLanguage, speak, startWords } from '../i18n'
import type { AccountId, Brief, Patient } from '../session/wire.gen'
import { initials } from './kit/Avatar'
import { EMPTY_DRAFT, patientOf } from './lobby/draft'
import { inOrder } from './lobby/MyConsultations'
import { duration, noticeWords, patientLine } from './words'

beforeAll(async () => {
  await startWords()
  await speak('en')
})

it.each([
  [null, 'zh-CN', 'zh-CN'],
  [null, 'en-GB', 'en'],
  [null, 'de', 'zh-CN'],
  ['en', 'zh-CN', 'en'],
  ['xx', 'en', 'en'],
])('kept %s, spoken %s: %s', (kept, spoken, first) => expect(firstLanguage(kept, spoken)).toBe(first))

it.each([
  [0, '0:00'],
  [71, '1:11'],
  [3671, '1:01:11'],
  [-5, '0:00'],
])('%s s is %s', (seconds, words) => expect(duration(seconds)).toBe(words))

it.each([
  ['李医生 Dr Li', '李'],
  ['Mary Ann Jones', 'MJ'],
  ['Dr. Wang', 'W'],
  ['', ''],
])('initials of %s: %s', (name, letters) => expect(initials(name)).toBe(letters))

it('names a patient', () => {
  const patient: Patient = { name: '赵', sex: 'female', birth_year: 0, identifier: '' }
  expect(patientLine(patient)).toBe('赵 · female · age not known')
})

it('has words for what it does not know', () => expect(noticeWords('error.of_tomorrow')).not.toContain('error.'))

describe('the patient of a call', () => {
  const listed: Patient[] = [{ name: 'A', sex: 'male', birth_year: 1960, identifier: '1' }]
  it('is the chosen one', () =>
    expect(patientOf({ ...EMPTY_DRAFT, chosen: 0 }, listed)).toEqual({ patient: listed[0] }))
  it('is the typed one', () => {
    const typed = { ...EMPTY_DRAFT, name: ' B ', year: '1971', identifier: ' 7 ' }
    expect(patientOf(typed, listed)).toEqual({
      patient: { name: 'B', sex: 'unknown', birth_year: 1971, identifier: '7' },
    })
  })
  it.each([{ name: ' ' }, { name: 'B', year: '71' }, { name: 'B', year: 'abcd' }])('needs %j mended', (wrong) => {
    expect(patientOf({ ...EMPTY_DRAFT, ...wrong }, listed)).toHaveProperty('problem')
  })
})

it('lists open consultations first, then those with something for me to do, then the newest ended', () => {
  const me = { account: 'me' as AccountId }
  const brief = (consultation: string, status: Brief['status'], requested_at: number, opinions = 1): Brief =>
    ({ consultation, status, requested_at, opinions, acknowledged: 1, opened_at: 1, specialist: me }) as Brief
  const briefs = [
    brief('a', 'closed', 3),
    brief('b', 'open', 1),
    brief('c', 'closed', 4),
    brief('d', 'ringing', 2),
    brief('e', 'closed', 0, 0),
  ]
  expect(inOrder(briefs, me.account).map((one) => one.consultation)).toEqual(['d', 'b', 'e', 'c', 'a'])
})
