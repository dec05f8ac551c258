// Departments, the rota, invitations and the second device, as pages.
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

const asked: { type: string }[] = []
vi.mock('../app/wire', () => ({
  listener: {},
  link: {
    request: (body: { type: string }) => {
      asked.push(body)
      return new Promise(() => {})
    },
    send: () => undefined,
    start: () => asked.push({ type: 'start' }),
    stop: () => undefined,
  },
}))

const { speak, startWords } = await import('../i18n')
const store = await import('../session/store')
const { emptyView, joined } = await import('../session/view')
const { App } = await import('./App')
const { dialog } = await import('./call/panel')

import type { View } from '../session/view'
import type { Brief, EventBody, Incoming, JoinedReply, Lobby, OnCall, Patient, Person, Role } from '../session/wire.gen'

const person = (name: string, role: Role, department = ''): Person => ({
  account: name as Person['account'],
  name,
  role,
  site: 'Hospital',
  institution: 'i' as Person['institution'],
  department,
})
const patient: Patient = { name: 'Zhang', sex: 'female', birth_year: 1951, identifier: 'QS-1' }
const doctor = person('Li Mei', 'village_doctor')
const wang = person('Wang', 'specialist', 'Ultrasound')
const chen = person('Chen', 'specialist', 'Cardiology')
const onCall = (who: Person, busy = false, on_duty_until = 0): OnCall => ({
  person: who,
  since: 0,
  busy,
  on_duty_until,
})

const lobbyOf = (me: Person, rest: Partial<Lobby> = {}): Lobby => ({
  type: 'lobby',
  me,
  on_call: [],
  am_on_call: false,
  consultations: [],
  departments: [
    { name: 'Cardiology', on_call: 0, free: 0 },
    { name: 'Ultrasound', on_call: 1, free: 1 },
  ],
  unreachable: [],
  ...rest,
})
const call: EventBody[] = [
  { type: 'requested', requester: doctor, patient, reason: 'Heart?', urgency: 'urgent', department: '' },
  { type: 'joined', participant: 1 as never, person: doctor },
  { type: 'answered', callee: wang },
  { type: 'joined', participant: 2 as never, person: wang },
]

function viewOf(bodies: EventBody[], me = 1): View {
  const events = bodies.map((body, index) => ({ seq: index + 1, t: index, by: 2, body }))
  const reply = { participant: me, resume: 'r', t: 0, state: null, events, slots: [] } as unknown as JoinedReply
  return joined(emptyView('c' as View['consultation']), reply, performance.now())
}

function brief(joinedIt: boolean): Brief {
  const known = { consultation: 'c', status: 'open', patient, reason: 'Heart?', requested_at: 0, joined: joinedIt }
  return { ...known, requester: doctor, specialist: wang, opened_at: 1 } as unknown as Brief
}

let place: HTMLElement

function show(): void {
  act(() => render(<App />, place))
}

function named(selector: string): string[] {
  return [...place.querySelectorAll(selector)].map((one) => one.getAttribute('aria-label') ?? one.textContent.trim())
}

function press(name: string): void {
  const buttons = [...document.querySelectorAll<HTMLElement>('button')]
  const found = buttons.find((one) => (one.getAttribute('aria-label') ?? one.textContent.trim()) === name)
  if (!found) throw new Error(`no button ${name}`)
  act(() => found.click())
}

beforeAll(async () => {
  await startWords()
  await speak('en')
})

beforeEach(() => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network in tests')))
  localStorage.clear()
  asked.length = 0
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
  dialog.value = null
  store.replaced.value = false
  for (const gone of [store.view, store.incoming, store.ended, store.notice] as { value: unknown }[]) gone.value = null
})

describe('departments', () => {
  const chips = (): string[] => named('.departments .choice')
  const choose = (name: string): void => {
    const chip = place.querySelector<HTMLInputElement>(`.departments input[value="${name}"]`)
    act(() => chip?.click())
  }

  it('are chips that say how many are on call', () => {
    store.lobby.value = lobbyOf(doctor, { on_call: [onCall(wang)] })
    show()
    expect(chips()).toEqual(['Any1 on call', 'Cardiologynobody on call', 'Ultrasound1 on call'])
    expect(place.querySelector<HTMLInputElement>('.departments input:checked')?.value).toBe('')
  })

  it('say before the call that nobody is there, and what to do', () => {
    store.lobby.value = lobbyOf(doctor, { on_call: [onCall(wang)] })
    show()
    choose('Cardiology')
    expect(place.querySelector('.call-form .strip')?.textContent).toContain('Nobody of Cardiology is on call')
    expect(localStorage.getItem('sefaw.department')).toBe('Cardiology')
    choose('Ultrasound')
    expect(place.querySelector('.call-form .strip')).toBeNull()
  })

  it('say that everybody is busy', () => {
    store.lobby.value = lobbyOf(doctor, { on_call: [onCall(wang, true)] })
    show()
    choose('Ultrasound')
    expect(place.querySelector('.call-form .strip')?.textContent).toContain(
      'Everybody of Ultrasound is in a consultation',
    )
    choose('')
    expect(place.querySelector('.call-form .strip')?.textContent).toContain('Everybody on call is in a consultation')
  })
})

it('whose shift it is, and who of them cannot be reached', () => {
  const until = new Date(2030, 1, 1, 18, 0).getTime()
  store.lobby.value = lobbyOf(doctor, { on_call: [onCall(wang, false, until)], unreachable: [{ person: chen, until }] })
  show()
  const rows = [...place.querySelectorAll('[aria-labelledby=on-call-title] li')].map((row) => row.textContent)
  expect(rows[0]).toContain('Ultrasound · Hospitalon duty until 18:00free')
  expect(rows[1]).toContain('Cardiology · Hospitalon duty until 18:00not reachable')
})

it('a specialist on duty who switched off is told', () => {
  store.me.value = chen
  store.lobby.value = lobbyOf(chen, { unreachable: [{ person: chen, until: new Date(2030, 1, 1, 18, 0).getTime() }] })
  show()
  expect(place.querySelector('.on-call')?.textContent).toContain('Your shift runs until 18:00, but nobody can ring you')
})

describe('invitations', () => {
  it('lists who can come: on call, not here, not being rung', () => {
    store.lobby.value = lobbyOf(doctor, { on_call: [onCall(wang), onCall(chen, true)] })
    store.view.value = viewOf(call)
    dialog.value = 'invite'
    show()
    const list = [...document.querySelectorAll('.invite-list li')].map((row) => row.textContent)
    expect(list).toHaveLength(1)
    expect(list[0]).toContain('ChenCardiology · Hospitalin a consultation')
    press('Ask in: Chen')
    expect(asked).toContainEqual({ type: 'invite', account: 'Chen' })
  })

  it('shows who is being rung, by whom, with a way to stop it', () => {
    store.view.value = viewOf([...call, { type: 'invited', callee: chen, timeout_ms: 30_000 }])
    show()
    expect(place.querySelector('.people')?.textContent).toContain('being rung, asked by Wang')
    press('Cancel: Chen')
    expect(asked).toContainEqual({ type: 'cancel_invitation', account: 'Chen' })
  })

  it('says on the page of whoever is asked, who asks and into whose consultation', () => {
    store.me.value = chen
    store.lobby.value = lobbyOf(chen)
    const ringing = { type: 'incoming', consultation: 'c', requester: doctor, patient, reason: 'Heart?' }
    const rest = { urgency: 'urgent', timeout_ms: 30_000, kind: 'invitation', inviter: wang }
    store.incoming.value = { call: { ...ringing, ...rest } as unknown as Incoming, sinceMs: performance.now() }
    show()
    expect(place.querySelector('h1')?.textContent).toBe('Wang asks you in')
    expect(place.textContent).toContain('into the consultation of Li Mei, Hospital')
    expect(named('main button')).toEqual(['Answer', 'Decline'])
  })

  it('whoever was asked in leaves by hanging up, and does not end it for the others', () => {
    store.me.value = chen
    store.lobby.value = lobbyOf(chen, { consultations: [brief(false)] })
    store.view.value = viewOf([...call, { type: 'joined', participant: 3 as never, person: chen }], 3)
    show()
    press('Hang up')
    expect(asked.map((one) => one.type)).toContain('leave')
    expect(asked.map((one) => one.type)).not.toContain('hang_up')
    show()
    expect(named('.after-actions button')).toEqual(['Back', 'Go back in'])
  })
})

describe('a second device', () => {
  it('offers to go on here', () => {
    store.lobby.value = lobbyOf(doctor, { consultations: [brief(true)] })
    show()
    expect(place.textContent).toContain('You are in the consultation of Zhang on another device')
    expect(named('.lobby-strip button')).toEqual(['Continue here'])
    expect(place.querySelector('[aria-labelledby=mine-title] li')?.textContent).toContain('on another device')
  })

  it('offers to go back in where no page of mine is', () => {
    store.lobby.value = lobbyOf(doctor, { consultations: [brief(false)] })
    show()
    expect(named('[aria-labelledby=mine-title] button')).toContain('Go back in: Zhang')
  })

  it('leaves the first one a way back, and a way out', () => {
    store.view.value = viewOf(call)
    store.replaced.value = true
    show()
    expect(named('main button')).toEqual(['Take it back here', 'Leave it there, go to the start page'])
    press('Leave it there, go to the start page')
    expect(store.page.value).toBe('lobby')
    expect(asked).toEqual([{ type: 'start' }])
  })
})
