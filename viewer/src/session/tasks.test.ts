import { describe, expect, it } from 'vitest'

import { CALL_AGAIN_MS, myTasks, openTasks, othersTasks } from './tasks'
import type { AccountId, Brief, CloseReason, Person, Role } from './wire.gen'

const NOW = 1_800_000_000_000
const person = (account: string, role: Role): Person => ({
  account: account as AccountId,
  name: account,
  role,
  site: 'Clinic',
  institution: 'i' as Person['institution'],
  department: '',
})
const village = person('village', 'village_doctor')
const specialist = person('specialist', 'specialist')
const answered: Brief = {
  consultation: 'c' as Brief['consultation'],
  status: 'closed',
  patient: { name: 'Zhang', sex: 'female', birth_year: 1951, identifier: '' },
  reason: 'Stone?',
  urgency: 'routine',
  requester: village,
  specialist,
  requested_at: NOW - 60_000,
  opened_at: NOW - 50_000,
  closed_at: NOW - 10_000,
  close_reason: 'hung_up',
  department: '',
  opinions: 0,
  acknowledged: 0,
  critical: false,
  critical_told: false,
  joined: false,
}
const of = (changes: Partial<Brief>): [string, string][] =>
  openTasks({ ...answered, ...changes }, NOW).map(({ task, who }) => [who, task])

describe('what is to be done', () => {
  it.each<[string, Partial<Brief>, [string, string][]]>([
    ['an opinion after the call', {}, [['specialist', 'write_opinion']]],
    ['an opinion during the call', { status: 'open', closed_at: 0 }, [['specialist', 'write_opinion']]],
    ['reading it', { opinions: 1 }, [['village', 'acknowledge']]],
    ['nothing once it was read', { opinions: 1, acknowledged: 1 }, []],
    ['reading an addendum', { opinions: 2, acknowledged: 1 }, [['village', 'acknowledge']]],
    [
      'telling a critical value first',
      { opinions: 1, critical: true },
      [
        ['specialist', 'tell_critical'],
        ['village', 'acknowledge'],
      ],
    ],
    ['nothing once it was told and read', { opinions: 2, acknowledged: 2, critical: true, critical_told: true }, []],
    ['nothing of one that was opened without a ring', { specialist: null }, []],
  ])('%s', (_, changes, tasks) => expect(of(changes)).toEqual(tasks))

  it.each<[CloseReason, number, boolean]>([
    ['no_answer', 0, true],
    ['declined', 0, true],
    ['nobody_on_call', 0, true],
    ['abandoned', 0, true],
    ['cancelled', 0, false],
    ['no_answer', CALL_AGAIN_MS, true],
    ['no_answer', CALL_AGAIN_MS + 1, false],
  ])('unanswered: %s, %i ms ago', (close_reason, ago, again) => {
    const tasks = of({ specialist: null, opened_at: 0, closed_at: NOW - ago, close_reason })
    expect(tasks).toEqual(again ? [['village', 'call_again']] : [])
  })

  it('nothing while it still rings', () => {
    expect(of({ status: 'ringing', specialist: null, opened_at: 0, closed_at: 0, close_reason: null })).toEqual([])
  })

  it('is told apart: mine and the others’', () => {
    const critical = { ...answered, opinions: 1, critical: true }
    expect(myTasks(critical, village.account, NOW)).toEqual(['acknowledge'])
    expect(othersTasks(critical, village.account, NOW)).toEqual(['tell_critical'])
    expect(myTasks(critical, 'stranger' as AccountId, NOW)).toEqual([])
  })
})
