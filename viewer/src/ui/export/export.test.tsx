// The export dialog: what is asked for, how far it is, the file, and every way in which there is none.
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { speak, startWords } from '../../i18n'
import { EXPORT_FAULTS } from '../../session/exports'
import type { ExportJob } from '../../session/exports'
import type { ConsultationId } from '../../session/wire.gen'

const { ExportDialog, jobs, sizeOf } = await import('./ExportDialog')

const C = 'c' as ConsultationId
const job = (rest: Partial<ExportJob> = {}): ExportJob => ({
  job: 'j1',
  consultation: C,
  what: 'bundle',
  state: 'running',
  done: 30,
  of: 120,
  step: 'tracks',
  before: 0,
  fault: '',
  name: 'consultation-c.zip',
  size: 0,
  kept_s: 0,
  ...rest,
})

let root: HTMLElement
let asked: { method: string; url: string; body: unknown }[]
let answers: Response[]

function show(told: ExportJob | null, ...replies: Response[]): string {
  jobs.value = told ? new Map([[C, told]]) : new Map()
  answers = replies
  act(() => render(<ExportDialog consultation={C} onClose={() => undefined} />, root))
  return words()
}
const words = (): string => document.querySelector('.dialog')?.textContent ?? ''
const pass = (ms: number): Promise<void> =>
  act(async () => {
    await vi.advanceTimersByTimeAsync(ms)
  })
const settle = (): Promise<void> => pass(1001)
function press(name: string): void {
  const found = [...document.querySelectorAll('.dialog button')].find((one) => one.textContent === name)
  act(() => (found as HTMLElement).click())
}
function check(label: string): void {
  const found = [...document.querySelectorAll('.dialog label')].find((one) => one.textContent?.startsWith(label))
  act(() => (found?.querySelector('input') as HTMLElement).click())
}

beforeAll(() => startWords())
beforeEach(async () => {
  vi.useFakeTimers()
  await speak('en')
  root = document.body.appendChild(document.createElement('div'))
  asked = []
  answers = []
  vi.stubGlobal('fetch', (url: string, { method, body }: { method: string; body?: string }) => {
    asked.push({ method, url, body: body ? JSON.parse(body) : null })
    return Promise.resolve(answers.shift() ?? Response.json({ code: 'internal' }, { status: 500 }))
  })
})
afterEach(() => {
  render(null, root)
  root.remove()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('the export dialog', () => {
  it('asks for what was chosen, and shows how far it is', async () => {
    show(null, Response.json(job({ state: 'waiting', before: 2 }), { status: 201 }), Response.json(job()))
    check('With the video')
    press('Prepare the file')
    await pass(1)
    expect(asked[0]).toEqual({
      method: 'POST',
      url: '/api/consultations/c/exports',
      body: { what: 'bundle', side_by_side: true, only_sealed: false, voice: false, language: 'en' },
    })
    expect(words()).toContain('2 exports are made first')
    await settle()
    expect(words()).toContain('Being prepared: 25 %')
    expect(document.querySelector('progress')?.value).toBe(30)
  })

  it('gives the file, and deletes it when told', async () => {
    const said = show(job({ state: 'done', size: 12_345_678, kept_s: 1700 }), new Response(null, { status: 204 }))
    expect(said).toContain('12.3 MB')
    expect(said).toContain('29 minutes')
    const link = document.querySelector<HTMLAnchorElement>('.dialog a')
    expect(link?.getAttribute('href')).toBe('/api/consultations/c/exports/j1/file')
    expect(link?.download).toBe('consultation-c.zip')
    press('Delete it here')
    await pass(1)
    expect(asked[0]?.method).toBe('DELETE')
    expect(jobs.value.size).toBe(0)
  })

  it('is cancelled', async () => {
    show(job(), new Response(null, { status: 204 }))
    press('Cancel')
    await pass(1)
    expect(asked[0]).toMatchObject({ method: 'DELETE', url: '/api/consultations/c/exports/j1' })
    expect(words()).toContain('What do you need?')
  })

  it.each(EXPORT_FAULTS)('says in plain words: %s', (fault) => {
    const said = show(job({ state: 'failed', fault }))
    expect(said).toMatch(/[.!] *|\w{4}/)
    expect(said).not.toContain('export.fault')
    expect(said).toContain('Prepare the file')
  })

  it('says why it was refused', async () => {
    show(null, Response.json({ code: 'no_consent' }, { status: 403 }))
    check('A teaching copy')
    expect(words()).not.toContain('names the patient')
    press('Prepare the file')
    await pass(1)
    expect(asked[0]?.body).toMatchObject({ what: 'teaching' })
    expect(words()).toContain('It could not be started.')
  })

  it('goes on asking while the server cannot be reached, and forgets what is gone', async () => {
    show(
      job(),
      Response.json({}, { status: 502 }),
      Response.json(job({ done: 60 })),
      Response.json({ code: 'not_found' }, { status: 404 }),
    )
    await settle()
    expect(words()).toContain('How far it is cannot be asked right now')
    await settle()
    expect(words()).toContain('50 %')
    await settle()
    expect(words()).toContain('What do you need?')
  })

  it('tells sizes as people do', () => {
    expect([0, 999, 1000, 1_234_567, 123_456_789, 5_000_000_000, 9e13].map(sizeOf)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '1.2 MB',
      '123 MB',
      '5.0 GB',
      '90000 GB',
    ])
  })
})
