// What those hear who do not see the page: its name, who comes, whose line is poor.
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { announce } from '../app/tell'
import { speak, startWords } from '../i18n'
import * as store from '../session/store'
import { emptyView, joined } from '../session/view'
import type { View } from '../session/view'
import type { EventBody, JoinedReply, LogEvent, Person, Quality, Role } from '../session/wire.gen'
import { App } from './App'

const person = (name: string, role: Role): Person => ({
  account: name as Person['account'],
  name,
  role,
  site: 'Clinic',
  institution: 'i' as Person['institution'],
  department: '',
})
const doctor = person('Li Mei', 'village_doctor')
const specialist = person('Wang', 'specialist')
const patient = { name: 'Zhang', sex: 'female', birth_year: 1951, identifier: '' } as const
const ringing: EventBody[] = [
  { type: 'requested', requester: doctor, patient, reason: '?', urgency: 'urgent', department: '' },
  { type: 'joined', participant: 1 as never, person: doctor },
  { type: 'rang', callee: specialist, timeout_ms: 30_000, following: null },
]
const talking: EventBody[] = [
  ...ringing,
  { type: 'answered', callee: specialist },
  { type: 'joined', participant: 2 as never, person: specialist },
]

function viewOf(bodies: EventBody[]): View {
  const events = bodies.map((body, index): LogEvent => ({ seq: index + 1, t: index, by: 0, body }))
  const reply = { participant: 1, resume: 'r', t: 0, state: null, events, slots: [] }
  return joined(emptyView('c' as View['consultation']), reply as unknown as JoinedReply, performance.now())
}

const qualityOf = (loss: number): Quality => ({
  type: 'quality',
  participant: 2 as never,
  transport: 'udp',
  rtt_ms: 20,
  up_loss: loss,
  up_kbps: 500,
  down_loss: 0,
  down_kbps: 500,
  jitter_ms: 1,
})

let place: HTMLElement
function show(): void {
  act(() => render(<App />, place))
}

beforeEach(async () => {
  await startWords()
  await speak('en')
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network in tests')))
  place = document.createElement('div')
  document.body.append(place)
  store.account.value = 'signed_in'
  store.linkStatus.value = 'open'
  store.me.value = doctor
})

afterEach(() => {
  act(() => render(null, place))
  place.remove()
  store.view.value = null
})

describe('what is said to those who do not see it', () => {
  const spoken = (): string[] => [...place.querySelectorAll('[aria-live=polite] p')].map((one) => one.textContent)

  it('a page that comes by itself says its name', () => {
    store.view.value = viewOf(ringing)
    show()
    act(() => {
      store.view.value = viewOf(talking)
    })
    expect(spoken().at(-1)).toBe('Consultation')
    expect(document.title).toBe('Consultation · Sefaw RTC')
  })

  it('a line that turns poor, and good again', () => {
    const view = viewOf(talking)
    store.view.value = view
    show()
    const line = (loss: number): View => ({ ...view, quality: new Map([[2 as never, qualityOf(loss)]]) })
    act(() => {
      store.view.value = line(300)
    })
    expect(spoken().at(-1)).toBe('The line of Wang is poor.')
    act(() => {
      store.view.value = line(0)
    })
    expect(spoken().at(-1)).toBe('The line of Wang is good again.')
  })

  it('two things in one moment are both said, and the same thing twice', () => {
    store.view.value = viewOf(talking)
    show()
    act(() => ['one', 'one', 'two'].forEach(announce))
    expect(spoken().slice(-3)).toEqual(['one', 'one', 'two'])
  })
})
