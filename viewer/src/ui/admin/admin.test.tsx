// The administration over a server that is played: what is shown, what is sent, problems in words at the field.
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'

import { known, speak, startWords, t } from '../../i18n'
import { HttpFailed } from '../../session/http'
import * as store from '../../session/store'
import { problemsOf } from './AccountDialog'
import { Admin } from './Admin'
import { problemWords } from './parts'

const HOUSES = [
  { id: 'i1', name: 'North', accounts: 2, departments: [{ id: 'd1', name: 'Heart', accounts: 1 }] },
  { id: 'i2', name: 'South', accounts: 0, departments: [] },
]
let place: HTMLElement
let asked: [string, string, unknown][]
let answer: (path: string) => [number, unknown]

beforeAll(async () => {
  await startWords()
  await speak('en')
})

beforeEach(() => {
  asked = []
  answer = () => [200, HOUSES]
  vi.stubGlobal('fetch', (path: string, { method, body }: { method: string; body?: string }) => {
    asked.push([method, path, body === undefined ? null : JSON.parse(body)])
    const [status, content] = answer(path)
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(content), { status }))
  })
  sessionStorage.clear()
  place = document.createElement('div')
  document.body.append(place)
  store.me.value = null
})

afterEach(() => {
  act(() => render(null, place))
  place.remove()
})

async function show(): Promise<void> {
  act(() => render(<Admin />, place))
  await vi.waitFor(() => expect(place.querySelector('tbody tr')).not.toBeNull())
}

const button = (name: string): HTMLButtonElement | undefined =>
  [...document.querySelectorAll('button')].find((one) => (one.getAttribute('aria-label') ?? one.textContent) === name)

it('lists institutions, and searches their departments too', async () => {
  await show()
  const rows = (): string[] => [...place.querySelectorAll('tbody th')].map((one) => one.textContent.trim())
  expect(rows()).toEqual(['North', 'South'])
  const search = place.querySelector<HTMLInputElement>('input[type=search]')!
  act(() => {
    search.value = 'hea'
    search.dispatchEvent(new Event('input', { bubbles: true }))
  })
  expect(rows()).toEqual(['North'])
})

it('says why a department cannot go, and offers undo when it went', async () => {
  await show()
  answer = (path) =>
    path.includes('departments') ? [409, { code: 'conflict', detail: 'department_in_use' }] : [200, HOUSES]
  const said = (): string => place.querySelector('.done-line')?.textContent ?? ''
  act(() => button('Remove Heart')?.click())
  await vi.waitFor(() => expect(said()).toContain('Accounts are still in this department'))
  expect(button('Undo')).toBeUndefined()
  answer = (path) => (path.includes('departments') ? [204, null] : [200, HOUSES])
  act(() => button('Remove Heart')?.click())
  await vi.waitFor(() => expect(said()).toContain('Heart was removed'))
  act(() => button('Undo')?.click())
  await vi.waitFor(() =>
    expect(asked).toContainEqual(['POST', '/api/admin/institutions/i1/departments', { name: 'Heart' }]),
  )
})

it.each([
  [{ user: 'two words' }, 'user'],
  [{ user: '' }, 'user'],
  [{ name: ' ' }, 'name'],
  [{ password: 'short' }, 'password'],
] as const)('a draft like %j is wrong at its field', (wrong, field) => {
  const draft = {
    user: 'anna',
    name: 'Anna',
    role: 'specialist' as const,
    institution: 'i1',
    department: '',
    password: '',
  }
  expect(problemsOf(draft, true)).toEqual({})
  expect(Object.keys(problemsOf({ ...draft, ...wrong }, true))).toEqual([field])
})

it('has words for everything that can be in the way', () => {
  for (const detail of [
    'name_taken',
    'user_taken',
    'department_in_use',
    'other_institution',
    'last_administrator',
    'yourself',
    'overlaps',
  ]) {
    expect(known(`admin.problem.${detail}`), detail).toBe(true)
    expect(problemWords(new HttpFailed(409, 'conflict', detail))).toBe(t(`admin.problem.${detail}`))
  }
  expect(problemWords(new HttpFailed(409, 'conflict', 'of tomorrow'))).toBe(t('error.conflict'))
})
