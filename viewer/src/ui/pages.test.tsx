// Every page drawn from a store in a given state: the accessible names that others rely on, and words for each trouble.
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { speak, startWords } from '../i18n'
import * as store from '../session/store'
import { emptyView, joined } from '../session/view'
import type { View } from '../session/view'
import type { EventBody, Incoming, JoinedReply, Lobby, LogEvent, Patient, Person, Role } from '../session/wire.gen'
import { App } from './App'

const person = (name: string, role: Role): Person => ({
  account: name as Person['account'],
  name,
  role,
  site: 'Clinic',
  institution: 'i' as Person['institution'],
  department: '',
})
const patient: Patient = { name: 'Zhang', sex: 'female', birth_year: 1951, identifier: 'QS-1' }
const doctor = person('Li Mei', 'village_doctor')
const specialist = person('Wang', 'specialist')

const lobbyOf = (me: Person): Lobby => ({
  type: 'lobby',
  me,
  on_call: [],
  am_on_call: true,
  consultations: [],
  departments: [],
  unreachable: [],
})
const ringing: EventBody[] = [
  { type: 'requested', requester: doctor, patient, reason: 'Gallbladder?', urgency: 'urgent', department: '' },
  { type: 'joined', participant: 1 as never, person: doctor },
  { type: 'rang', callee: specialist, timeout_ms: 30_000, following: null },
]
const talking: EventBody[] = [
  ...ringing,
  { type: 'answered', callee: specialist },
  { type: 'joined', participant: 2 as never, person: specialist },
  { type: 'media_changed', participant: 2 as never, microphone: true, camera: true },
  { type: 'track_added', track: 7 as never, participant: 2 as never, kind: 'video', purpose: 'face', mid: '1' },
  { type: 'chat_said', participant: 2 as never, key: 'k', text: 'hello there', attachment: null },
]

function viewOf(bodies: EventBody[]): View {
  const events = bodies.map((body, index): LogEvent => ({ seq: index + 1, t: index, by: 0, body }))
  const reply = { participant: 1, resume: 'r', t: 0, state: null, events, slots: [{ mid: '3', track: 7 }] }
  return joined(emptyView('c' as View['consultation']), reply as unknown as JoinedReply, performance.now())
}

let place: HTMLElement

function show(): void {
  act(() => render(<App />, place))
}

function named(selector: string): string[] {
  return [...place.querySelectorAll(selector)].map((one) => one.getAttribute('aria-label') ?? one.textContent.trim())
}

beforeAll(async () => {
  await startWords()
  await speak('en')
})

beforeEach(() => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network in tests')))
  place = document.createElement('div')
  document.body.append(place)
  store.account.value = 'signed_in'
  store.linkStatus.value = 'open'
  store.me.value = doctor
  store.lobby.value = lobbyOf(doctor)
})

afterEach(() => {
  act(() => render(null, place))
  place.remove()
  for (const gone of [store.view, store.incoming, store.ended, store.notice] as { value: unknown }[]) gone.value = null
  store.health.value = 'off'
  store.soundBlocked.value = false
  store.stopping.value = null
  store.mediaPorts.value = []
})

it('sign in', () => {
  store.account.value = 'signed_out'
  show()
  expect(named('label > span')).toEqual(['User', 'Password'])
  expect(named('form button')).toEqual(['Sign in'])
})

describe('the lobby', () => {
  it('has one big button, ready to press', () => {
    store.demoPatients.value = [patient]
    show()
    expect(named('button[type=submit]')).toEqual(['Call a specialist'])
    expect(place.textContent).toContain('For Zhang · female')
    expect(place.textContent).toContain('Nobody is on call right now')
  })

  it('lets a specialist be on call', () => {
    store.me.value = specialist
    store.lobby.value = lobbyOf(specialist)
    show()
    expect(place.querySelector('[role=switch]')?.getAttribute('aria-checked')).toBe('true')
    expect(named('button')).not.toContain('Call a specialist')
  })

  it.each(['reviewer', 'observer', 'operator'] as const)('is plain for %s', (role) => {
    store.me.value = person('X', role)
    store.lobby.value = lobbyOf(store.me.value)
    show()
    expect(named('button')).not.toContain('Call a specialist')
    expect(place.querySelector('.card')).not.toBeNull()
  })
})

it('ringing', () => {
  store.view.value = viewOf(ringing)
  show()
  expect(place.querySelector('h1')?.textContent).toBe('Calling Wang')
  expect(named('.ring-column > .button')).toEqual(['Cancel'])
})

it('incoming', () => {
  store.me.value = specialist
  const call: Incoming = {
    type: 'incoming',
    consultation: 'c' as Incoming['consultation'],
    requester: doctor,
    patient,
    reason: 'Gallbladder?',
    urgency: 'emergency',
    timeout_ms: 30_000,
    kind: 'call',
    inviter: null,
  }
  store.incoming.value = { call, sinceMs: performance.now() }
  show()
  expect(named('main button')).toEqual(['Answer', 'Decline'])
  for (const words of ['Li Mei is calling', 'Clinic', 'Zhang', 'Gallbladder?', 'Emergency']) {
    expect(place.textContent).toContain(words)
  }
})

describe('the call', () => {
  beforeEach(() => {
    store.view.value = viewOf(talking)
  })

  it('has its controls by name, with their state beside it', () => {
    show()
    const toggles = [...place.querySelectorAll('.bar button[aria-pressed]')]
    expect(toggles.map((one) => [one.getAttribute('aria-label'), one.getAttribute('aria-pressed')])).toEqual([
      ['Microphone', 'false'],
      ['Camera', 'false'],
      ['Probe', 'false'],
      ['Chat', 'false'],
    ])
    expect(named('.hang-up')).toEqual(['Hang up'])
  })

  it('names the patient and says that nothing is recorded', () => {
    show()
    const banner = place.querySelector('.banner')?.textContent
    for (const words of ['Zhang', 'female', 'QS-1', 'Clinic', 'Urgent', 'Not recorded']) expect(banner).toContain(words)
  })

  it('says of every remote picture whose it is', () => {
    show()
    const data = [...place.querySelectorAll<HTMLElement>('video[data-track]')].map((video) => ({ ...video.dataset }))
    expect(data).toEqual([{ participant: '2', track: '7', purpose: 'face' }])
  })

  it('opens the chat with its button', () => {
    show()
    const chat = place.querySelector<HTMLButtonElement>('.bar [aria-label=Chat]')
    act(() => chat?.click())
    expect(chat?.getAttribute('aria-pressed')).toBe('true')
    expect(place.querySelector('[role=log]')?.textContent).toContain('hello there')
  })

  it.each([
    ['connecting', 'being connected'],
    ['interrupted', 'are interrupted'],
    ['blocked', 'allow UDP and TCP port 7881'],
    ['unavailable', 'could not start'],
  ] as const)('says in words when media is %s', (health, words) => {
    store.health.value = health
    store.mediaPorts.value = [7881]
    show()
    expect(place.querySelector('.strips')?.textContent).toContain(words)
  })

  it('offers one press when the browser holds sound back', () => {
    store.soundBlocked.value = true
    show()
    expect(named('.strips button')).toContain('Turn the sound on')
  })

  it('says that the server restarts, with the seconds, not to be read out each second', () => {
    vi.spyOn(performance, 'now').mockReturnValue(1_000) // a page that is drawn slowly says less
    store.stopping.value = { untilMs: 9_200 }
    show()
    const strip = place.querySelector('.strips .strip')!
    expect(strip.textContent).toContain('The server restarts in 8 s')
    expect(strip.getAttribute('role')).toBeNull()
  })

  it('says who was cut off', () => {
    store.view.value = viewOf([
      ...talking,
      { type: 'disconnected', participant: 2 as never, reason: 'connection_lost' },
    ])
    show()
    expect(place.querySelector('.strips')?.textContent).toContain('Wang was cut off')
  })
})

describe('after the call', () => {
  it.each([
    ['hung_up', 'has ended', []],
    ['no_answer', 'Nobody answered', ['Call again']],
    ['nobody_on_call', 'Nobody is on call', ['Call again']],
    ['internal_error', 'Code: internal_error', ['Call again']],
  ] as const)('%s', (reason, words, more) => {
    store.ended.value = { view: viewOf(talking), reason, at: Date.now() }
    show()
    expect(place.textContent).toContain(words)
    expect(named('.after-actions button')).toEqual(['Back', ...more])
  })
})
