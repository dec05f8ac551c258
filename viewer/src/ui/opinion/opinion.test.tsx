// The paper of a consultation: who sees and may do what, what is signed, and that nothing typed is lost.
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { EMPTY, change, flush, isEmpty, open, opinionOf, sign, writing } from '../../app/opinion'
import { speak, startWords } from '../../i18n'
import * as store from '../../session/store'
import type { Opinion, Person, Role, SignedOpinion } from '../../session/wire.gen'
import { isUntold, sheets } from './case'
import type { Case } from './case'
import { Paper } from './Paper'

const AT = 1_800_000_000_000
const person = (name: string, role: Role): Person => ({
  account: name as Person['account'],
  name,
  role,
  site: 'Clinic',
  institution: 'i' as Person['institution'],
  department: '',
})
const doctor = person('Li Mei', 'village_doctor')
const wang = person('Wang', 'specialist')
const text: Opinion = { findings: 'A stone', impression: 'Cholelithiasis', advice: '', critical: false, told: null }
const one = (number: number, changes: Partial<SignedOpinion> = {}): SignedOpinion => ({
  number,
  amends: 0,
  opinion: text,
  signer: wang,
  t: 0,
  at: AT,
  key: 'k',
  signature: 's',
  acknowledged: [],
  ...changes,
})
const caseOf = (...signed: SignedOpinion[]): Case => ({
  consultation: 'c' as Case['consultation'],
  patient: { name: 'Zhang', sex: 'female', birth_year: 1951, identifier: 'QS-1' },
  requester: doctor,
  reason: 'Stone?',
  requestedAt: AT,
  signed,
  forged: [],
  people: null,
})

let place: HTMLElement
let asked: { method: string; path: string; body: unknown }[]
let answers: Record<string, { status: number; body: unknown }>

function show(of: Case): void {
  act(() => render(<Paper of={of} />, place))
}

const buttons = (): string[] => [...place.querySelectorAll('button')].map((found) => found.textContent.trim())

function press(name: string): void {
  const found = [...place.querySelectorAll('button')].find((button) => button.textContent.trim() === name)
  act(() => found?.click())
}

beforeAll(async () => {
  await startWords()
  await speak('en')
})

beforeEach(() => {
  asked = []
  answers = { GET: { status: 200, body: { draft: null, saved_at: 0, now: AT } } }
  vi.stubGlobal('fetch', (path: string, { method, body }: { method: string; body?: string }) => {
    asked.push({ method, path, body: body && (JSON.parse(body) as unknown) })
    const { status, body: answer } = answers[method] ?? { status: 200, body: { saved_at: AT, number: 1 } }
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(answer), { status }))
  })
  place = document.createElement('div')
  document.body.append(place)
  store.me.value = wang
  writing.value = null
})

afterEach(() => {
  act(() => render(null, place))
  place.remove()
  vi.useRealTimers()
})

describe('what was signed', () => {
  it('keeps addenda with the opinion that they lead back to', () => {
    const signed = [one(1), one(2, { signer: doctor }), one(3, { amends: 1 }), one(4, { amends: 3 })]
    const found = sheets(signed).map(({ opinion, addenda }) => [opinion.number, addenda.map((more) => more.number)])
    expect(found).toEqual([
      [1, [3, 4]],
      [2, []],
    ])
  })

  it('knows whether a critical value was told', () => {
    const critical = one(1, { opinion: { ...text, critical: true } })
    const told = one(2, { amends: 1, opinion: { ...text, critical: true, told: { to: 'Li', at: AT } } })
    expect([isUntold([]), isUntold([one(1)]), isUntold([critical]), isUntold([critical, told])]).toEqual([
      false,
      false,
      true,
      false,
    ])
  })

  it('says who, as what and when, and that it is signed; critical with a word', () => {
    show(caseOf(one(1, { opinion: { ...text, critical: true } })))
    const words = place.querySelector('.signed')?.textContent
    for (const part of [
      'A stone',
      'Wang',
      'Specialist',
      'Signed',
      '2027',
      'Critical value',
      'Nobody has been told yet',
    ]) {
      expect(words).toContain(part)
    }
    expect(buttons()).toEqual(['I have told somebody', 'Add an addendum', 'Print'])
  })

  it('says that a signature does not match', () => {
    show({ ...caseOf(one(1)), forged: [1] })
    expect(place.querySelector('.signed-mark')?.textContent).toBe('Signature does not match')
  })

  it('is acknowledged by who asked, once, and by nobody else', async () => {
    store.me.value = doctor
    answers['POST'] = { status: 204, body: null }
    show(caseOf(one(1)))
    expect(buttons()).toEqual(['Acknowledge', 'Print'])
    press('Acknowledge')
    await vi.waitFor(() =>
      expect(asked.map(({ path }) => path)).toEqual(['/api/consultations/c/opinions/1/acknowledgement']),
    )
    show(caseOf(one(1, { acknowledged: [{ person: doctor, at: AT }] })))
    expect(buttons()).toEqual(['Print'])
    expect(place.textContent).toContain('Read by Li Mei')
    store.me.value = person('Sun', 'reviewer')
    show(caseOf(one(1)))
    expect(buttons()).toEqual(['Print'])
  })

  it('says in words that it could not be acknowledged', async () => {
    store.me.value = doctor
    answers['POST'] = { status: 507, body: { code: 'storage_full' } }
    show(caseOf(one(1)))
    press('Acknowledge')
    await vi.waitFor(() => expect(place.querySelector('[role=alert]')?.textContent).toContain('disk is full'))
  })

  it('is not there yet', () => {
    store.me.value = doctor
    show(caseOf())
    expect(place.textContent).toContain('No opinion has been signed')
  })
})

describe('what is being written', () => {
  it('is the specialist’s form, and an addendum only on request', async () => {
    await act(() => open(caseOf().consultation))
    show(caseOf())
    expect([...place.querySelectorAll('textarea')]).toHaveLength(3)
    press('Sign…')
    expect(place.querySelector('[role=alert]')?.textContent).toContain('write something first')
    show(caseOf(one(1)))
    expect([...place.querySelectorAll('textarea')]).toHaveLength(0)
    press('Add an addendum')
    expect(place.querySelector('form h3')?.textContent).toBe('Addendum')
  })

  it('saves itself after a pause, and says so', async () => {
    vi.useFakeTimers()
    await open(caseOf().consultation)
    change({ findings: 'a' })
    change({ findings: 'ab' })
    expect(writing.value?.saved).toBe('saving')
    await vi.advanceTimersByTimeAsync(900)
    const saved = asked.filter(({ method }) => method === 'PUT')
    expect(saved.map(({ body }) => body)).toEqual([{ ...EMPTY, findings: 'ab' }])
    expect(writing.value?.saved).toBe('saved')
  })

  it('is kept and tried again where saving fails', async () => {
    vi.useFakeTimers()
    await open(caseOf().consultation)
    answers['PUT'] = { status: 503, body: { code: 'stopping' } }
    change({ findings: 'a' })
    await vi.advanceTimersByTimeAsync(900)
    expect(writing.value?.saved).toBe('failed')
    delete answers['PUT']
    await vi.advanceTimersByTimeAsync(5_100)
    expect(writing.value).toMatchObject({ saved: 'saved', draft: { findings: 'a' } })
  })

  it('is taken up again, but never by whoever signs in next at the same machine', async () => {
    answers['GET'] = { status: 200, body: { draft: { ...EMPTY, advice: 'kept' }, saved_at: AT, now: AT } }
    await open(caseOf().consultation)
    expect(writing.value?.draft.advice).toBe('kept')
    change({ advice: 'more' })
    await open(caseOf().consultation)
    expect(writing.value?.draft.advice).toBe('more')
    await flush()
    store.me.value = person('Chen', 'specialist')
    answers['GET'] = { status: 200, body: { draft: null, saved_at: 0, now: AT } }
    await open(caseOf().consultation)
    expect(writing.value?.draft).toEqual(EMPTY)
  })

  it('is signed as it was shown, after what was being saved, and is then done with', async () => {
    await open(caseOf().consultation)
    change({ findings: ' A stone ' })
    const shown = opinionOf(writing.value!.draft)
    expect(await sign(shown, 'secret')).toBe('')
    expect(asked[asked.length - 1]).toEqual({
      method: 'POST',
      path: '/api/consultations/c/opinions',
      body: { password: 'secret', opinion: { ...text, impression: '' }, amends: 0 },
    })
    expect(writing.value?.draft).toEqual(EMPTY)
  })

  it('stays where the password was wrong', async () => {
    await open(caseOf().consultation)
    change({ findings: 'A stone' })
    answers['POST'] = { status: 401, body: { code: 'credentials_wrong' } }
    expect(await sign(opinionOf(writing.value!.draft), 'wrong')).toBe('credentials_wrong')
    expect(writing.value?.draft.findings).toBe('A stone')
    await flush()
  })

  it('says who was told only of a critical value, and of somebody', () => {
    const told = { ...EMPTY, told_to: ' Li ', told_at: AT }
    expect(opinionOf(told).told).toBeNull()
    expect(opinionOf({ ...told, critical: true }).told).toEqual({ to: 'Li', at: AT })
    expect(opinionOf({ ...EMPTY, critical: true }).told).toBeNull()
    expect(isEmpty(opinionOf({ ...told, critical: true }))).toBe(false)
    expect(isEmpty(opinionOf({ ...EMPTY, critical: true, findings: '  ' }))).toBe(true)
  })
})
