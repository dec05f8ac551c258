// Holds and erasures over a server that is played: who may do what next, and that nothing is sent without a reason.
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'

import { learn, speak, startWords } from '../../i18n'
import en from '../../locales/admin/en.json'
import zh from '../../locales/admin/zh-CN.json'
import type { Decision, Kept } from '../../session/keeping'
import type { ConsultationId } from '../../session/wire.gen'
import { Keeping, choicesOf } from './Keeping'

const BY: Decision = { account: 'a', name: 'Anna', why: 'the family asks', t_unix_ms: 1_764_000_000_000 }
const ONE: Kept = {
  consultation: 'a'.repeat(26) as ConsultationId,
  site: 'North',
  requested_at: 1_764_000_000_000,
  closed_at: 1_764_000_900_000,
  hold: null,
  asked: null,
  confirmed: null,
  erased: null,
  aged: [],
  damaged: false,
}
let place: HTMLElement
let sent: [string, string, unknown][]
let rows: Kept[]

beforeAll(async () => {
  await startWords()
  await speak('en')
  learn('admin', { en, 'zh-CN': zh })
})

beforeEach(() => {
  sent = []
  rows = [{ ...ONE, asked: BY }]
  vi.stubGlobal('fetch', (path: string, { method, body }: { method: string; body?: string }) => {
    if (method === 'POST') sent.push([method, path, JSON.parse(body!)])
    return Promise.resolve(new Response(JSON.stringify(path === '/api/keeping' ? rows : rows[0]), { status: 200 }))
  })
  place = document.createElement('div')
  document.body.append(place)
})

afterEach(() => {
  act(() => render(null, place))
  place.remove()
})

const button = (name: string): HTMLButtonElement =>
  [...document.querySelectorAll('button')].find((one) => one.textContent.trim() === name)!

it('offers what may be decided next, and nothing else', () => {
  const names = (one: Partial<Kept>): string[] => choicesOf({ ...ONE, ...one }).map((choice) => choice.name)
  expect(names({})).toEqual(['hold', 'ask'])
  expect(names({ hold: BY })).toEqual(['lift'])
  expect(names({ hold: BY, asked: BY })).toEqual(['lift', 'withdraw'])
  expect(names({ asked: BY })).toEqual(['hold', 'withdraw', 'confirm'])
  expect(names({ asked: BY, confirmed: BY })).toEqual([])
  expect(names({ damaged: true })).toEqual([])
})

it('sends no decision without a reason', async () => {
  act(() => render(<Keeping />, place))
  await vi.waitFor(() => expect(place.querySelector('tbody tr')).not.toBeNull())
  act(() => button('Confirm').click())
  await vi.waitFor(() => expect(button('Erase it for good')).toBeDefined())
  act(() => button('Erase it for good').click())
  await vi.waitFor(() => expect(document.body.textContent).toContain('Please say why.'))
  expect(sent).toEqual([])
  const why = document.querySelector('textarea')!
  act(() => {
    why.value = ' a letter '
    why.dispatchEvent(new Event('input', { bubbles: true }))
  })
  rows = [{ ...ONE, asked: BY, confirmed: BY }]
  await vi.waitFor(() => expect(button('Erase it for good').getAttribute('aria-busy')).toBeNull())
  act(() => button('Erase it for good').click())
  await vi.waitFor(() => expect(sent).toHaveLength(1))
  expect(sent[0]).toEqual(['POST', `/api/keeping/${ONE.consultation}/erasure`, { step: 'confirmed', why: 'a letter' }])
})

it('says what is wrong with a number before it asks', async () => {
  rows = []
  act(() => render(<Keeping />, place))
  await vi.waitFor(() => expect(place.textContent).toContain('Nothing is held'))
  const input = place.querySelector('input')!
  act(() => {
    input.value = '1234'
    input.dispatchEvent(new Event('input', { bubbles: true }))
  })
  act(() => button('Look up').click())
  await vi.waitFor(() => expect(place.textContent).toContain('A number has 26 letters'))
})
