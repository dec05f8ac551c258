// What is said of the others: that somebody came or went, and not that they changed their device.
import { beforeAll, beforeEach, expect, it, vi } from 'vitest'

const played: string[] = []
vi.mock('../rtc/sounds', () => ({
  playJoined: () => played.push('joined'),
  playLeft: () => played.push('left'),
  playRecording: () => played.push('recording'),
}))

const { speak, startWords } = await import('../i18n')
const store = await import('../session/store')
const { apply, emptyView } = await import('../session/view')
const { tell } = await import('./tell')

import type { View } from '../session/view'
import type { EventBody, Person } from '../session/wire.gen'

const person = (name: string): Person => ({ account: name, name, role: 'specialist' }) as Person
let view: View

function happens(...bodies: EventBody[]): void {
  const events = bodies.map((body, index) => ({ seq: view.state.seq + 1 + index, t: 0, by: 0, body }))
  const before = view
  const { view: after, fresh } = apply(view, { type: 'events', events })
  view = after
  for (const event of fresh) tell(before, after, event)
}

const two = 2 as never
const joined: EventBody = { type: 'joined', participant: two, person: person('Wang') }
const returned: EventBody = { type: 'returned', participant: two }

beforeAll(async () => {
  await startWords()
  await speak('en')
})

beforeEach(() => {
  view = { ...emptyView('c' as never), me: 1 as never }
  played.length = 0
  store.announcements.value = []
  store.notice.value = null
})

it('somebody who comes is heard and said', () => {
  happens(joined)
  expect(played).toEqual(['joined'])
  expect(store.announcements.value.at(-1)?.words).toBe('Wang has joined')
})

it('another device of the same person taking over is no news', () => {
  happens(joined)
  played.length = 0
  store.announcements.value = []
  happens(returned)
  expect(played).toEqual([])
  expect(store.announcements.value).toEqual([])
})

it('coming back after having been cut off is', () => {
  happens(joined)
  happens({ type: 'disconnected', participant: two, reason: 'connection_lost' })
  happens(returned)
  expect(played).toEqual(['joined', 'joined'])
})

it.each([
  ['declined', 'busy', 'Chen does not come: Busy right now. in theatre'],
  ['no_answer', null, 'Chen did not answer.'],
  ['connection_lost', null, 'Chen cannot be reached.'],
] as const)('an invitation that ended with %s is told', async (reason, decline, words) => {
  const { noticeWords } = await import('../ui/words')
  happens({ type: 'opened' }, { type: 'invited', callee: person('Chen'), timeout_ms: 30_000 })
  const text = decline ? 'in theatre' : ''
  happens({ type: 'invitation_ended', callee: 'Chen' as never, reason, decline, text })
  const notice = store.notice.value
  expect(notice && noticeWords(notice.kind, notice.values)).toBe(words)
})

it.each(['cancelled', 'hung_up'] as const)('one that was taken back or ended with the call is not: %s', (reason) => {
  happens({ type: 'opened' }, { type: 'invited', callee: person('Chen'), timeout_ms: 30_000 })
  const ended: EventBody = { type: 'invitation_ended', callee: 'Chen' as never, reason, decline: null, text: '' }
  happens(ended, ...(reason === 'hung_up' ? [{ type: 'closing', reason, text: '' } as const] : []))
  expect(store.notice.value).toBeNull()
})

it('says what becomes of the recording, with a sound where it begins and ends', () => {
  happens({ type: 'recording_started' })
  happens({ type: 'recording_paused', participant: two, reason: 'private' })
  happens({ type: 'recording_resumed', participant: two })
  happens({ type: 'recording_troubled', reason: 'full' })
  happens({ type: 'recording_stopped' })
  expect(store.announcements.value.map(({ words }) => words)).toEqual([
    'Recording is paused.',
    'Recording goes on.',
    'The recording has gaps. The call goes on.',
    'Recording has stopped.',
  ])
  expect(played).toEqual(['recording', 'recording'])
})
