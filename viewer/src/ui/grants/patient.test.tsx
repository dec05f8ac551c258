// The patient's own telephone: what it showed is gone when its quarter of an hour is over, whether or not a server answers.
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'

import { speak, startWords, t } from '../../i18n'
import type { Looked, PatientView } from '../../session/patientView'
import * as store from '../../session/store'
import { PatientPage } from './PatientPage'

const QUARTER_MS = 900_000
const SETTLE_MS = 100 // answers, effects, a dialog
const SERVER_NOW = 5_000_000 // another clock than the telephone's
const VIEW: PatientView = {
  now: SERVER_NOW,
  until: SERVER_NOW + QUARTER_MS,
  uses: null,
  grants: [
    {
      key: 'g1',
      site: 'City hospital',
      name: '',
      data: ['record'],
      at: 0,
      until: SERVER_NOW * 2,
      revoked_at: 0,
    },
  ],
  looked: [],
}

const ANSWER = { ok: true, status: 200, json: () => Promise.resolve(VIEW) } as Response
const fetched = vi.fn()
let place: HTMLElement

async function show(): Promise<void> {
  act(() => render(<PatientPage />, place))
  await pass(SETTLE_MS)
}

const pass = (ms: number) => act(async () => void (await vi.advanceTimersByTimeAsync(ms)))

async function press(selector: string): Promise<void> {
  act(() => document.querySelector<HTMLButtonElement>(selector)?.click())
  await pass(SETTLE_MS)
}

/** The telephone slept: its clock went on, its timers did not. */
async function wakeAfter(ms: number): Promise<void> {
  vi.setSystemTime(Date.now() + ms)
  await act(async () => {
    document.dispatchEvent(new Event('visibilitychange'))
    await Promise.resolve()
  })
}

beforeAll(async () => {
  await startWords()
  await speak('en')
})

beforeEach(() => {
  vi.useFakeTimers()
  fetched.mockReset().mockImplementation(() => Promise.resolve(ANSWER))
  vi.stubGlobal('fetch', fetched)
  store.patientLink.value = 'token'
  place = document.createElement('div')
  document.body.append(place)
})

afterEach(() => {
  act(() => render(null, place))
  place.remove()
  store.patientLink.value = ''
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function isOpen(): boolean {
  const open = place.textContent.includes('City hospital')
  expect(place.textContent.includes(t('grants.patient.ended'))).toBe(!open)
  return open
}

it('is over after its time without a network, and asks nobody', async () => {
  await show()
  fetched.mockReset().mockRejectedValue(new TypeError('no network'))
  await pass(QUARTER_MS - 2 * SETTLE_MS)
  expect(isOpen()).toBe(true)
  await pass(SETTLE_MS)
  expect(isOpen()).toBe(false)
  expect(fetched).not.toHaveBeenCalled()
})

it('is over when the telephone wakes after its time, and not before', async () => {
  await show()
  await wakeAfter(QUARTER_MS / 2)
  expect(isOpen()).toBe(true)
  await wakeAfter(QUARTER_MS / 2)
  expect(isOpen()).toBe(false)
})

it('does not come back with an answer that was under way', async () => {
  await show()
  let arrive: (answer: Response) => void = () => undefined
  fetched.mockReset().mockReturnValue(new Promise<Response>((done) => (arrive = done)))
  await press('.grant button')
  await press('.form-buttons button:last-child')
  expect(fetched).toHaveBeenCalledOnce()
  await pass(QUARTER_MS)
  expect(isOpen()).toBe(false)
  arrive(ANSWER)
  await pass(1000)
  expect(isOpen()).toBe(false)
})

const READ: Looked[] = [
  { role: 'specialist', site: 'City hospital', kind: 'record', purpose: 'care', allowed: true, ground: 'grant', at: 1 },
  { role: 'reviewer', site: 'A', kind: 'pictures', purpose: 'review', allowed: true, ground: 'table', at: 2 },
  {
    role: 'administrator',
    site: 'B',
    kind: 'record',
    purpose: 'administration',
    allowed: true,
    ground: 'table',
    at: 3,
  },
  { role: 'specialist', site: 'C', kind: 'pictures', purpose: 'care', allowed: false, ground: 'grant_ended', at: 4 },
]

it.each([
  ['en', 'record · for care', 'pictures · for quality control', 'record · to run the service', 'Turned away'],
  ['zh-CN', '会诊记录 · 用于诊疗', '影像 · 用于质量控制', '会诊记录 · 用于系统管理', '已拒绝'],
] as const)('says in words who read it: %s', async (language, ...words) => {
  await speak(language)
  const json = () => Promise.resolve({ ...VIEW, looked: READ })
  fetched.mockReset().mockResolvedValue({ ok: true, status: 200, json } as Response)
  await show()
  const lines = [...place.querySelectorAll('[aria-labelledby=patient-seen] li')].map((line) => line.textContent)
  words.forEach((said, n) => expect(lines[n]).toContain(said))
  expect(place.textContent).not.toContain('grants.')
  await speak('en')
})
