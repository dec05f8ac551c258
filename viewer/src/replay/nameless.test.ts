import { beforeAll, expect, it } from 'vitest'

import { speak, startWords } from '../i18n'
import { EMPTY_STATE } from '../session/fold'
import type { AccountId, InstitutionId, ParticipantId, State } from '../session/wire.gen'
import { Nameless } from './nameless'

const person = {
  account: 'a' as AccountId,
  name: 'B',
  role: 'specialist',
  site: '–',
  institution: 'c' as InstitutionId,
  department: '',
} as const

const state: State = {
  ...EMPTY_STATE,
  requester: { ...person, name: 'A', role: 'village_doctor' },
  patient: { name: '–', sex: 'female', birth_year: 1951, identifier: '' },
  participants: [
    {
      participant: 2 as ParticipantId,
      person,
      connected: true,
      microphone: true,
      camera: true,
      joined_t: 0,
      left_t: -1,
    },
  ],
}

beforeAll(startWords)

it('says of everybody the role and a letter, in the language of the page, and draws nothing anew for the same state', async () => {
  const nameless = new Nameless()
  await speak('en')
  const made = nameless.of(state)
  expect(made.participants[0]?.person.name).toBe('Specialist B')
  expect(made.requester).toMatchObject({ name: 'Village doctor A', site: '' })
  expect(made.patient?.name).toBe('Patient')
  expect(nameless.of(state)).toBe(made)
  await speak('zh-CN')
  expect(nameless.of(state).participants[0]?.person.name).toBe('专家 B')
  expect(state.participants[0]?.person.name).toBe('B')
})
