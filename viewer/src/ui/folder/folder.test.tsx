// The patient folder after a call: who brought what, what was withdrawn, and the way to the export.
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { speak, startWords } from '../../i18n'
import type { Folder, FolderStudy } from '../../session/shared'
import type { ConsultationId, Person, StudyId } from '../../session/wire.gen'

const { FolderCard } = await import('./FolderCard')

const who = (name: string): Person => ({
  account: name as Person['account'],
  name,
  role: 'village_doctor',
  site: 'Clinic',
  institution: 'i' as Person['institution'],
  department: '',
})
const study = (rest: Partial<FolderStudy> = {}): FolderStudy => ({
  study: '1.2.3' as StudyId,
  source: 'folder',
  patient: { name: 'Zhang', identifier: '1', birth_date: '', sex: '' },
  description: 'Abdomen',
  date: '20261125',
  t: 60_000_000,
  by: who('Li Mei'),
  differs: false,
  confirmed_t: -1,
  confirmed_by: null,
  withdrawn_t: -1,
  withdrawn_by: null,
  series: [{ series: '1.2.3.1' as never, modality: 'US', description: '', number: 1, instances: 3 }],
  stills: [],
  ...rest,
})
const still = (as_transmitted: boolean): FolderStudy['stills'][number] => ({
  picture: { study: '1' as StudyId, series: '1' as never, instance: '1' as never, frame: 1 },
  t: 0,
  by: null,
  purpose: 'probe',
  as_transmitted,
})

let root: HTMLElement
async function show(studies: readonly FolderStudy[] | null): Promise<string> {
  const told: Folder = { started_at: 1_790_000_000_000, studies: studies ?? [] }
  const reply = studies ? Response.json(told) : Response.json({ code: 'internal' }, { status: 500 })
  vi.stubGlobal(
    'fetch',
    vi.fn(() => Promise.resolve(reply)),
  )
  await act(() => render(<FolderCard consultation={'c' as ConsultationId} />, root))
  await act(() => new Promise((done) => setTimeout(done)))
  return root.textContent ?? ''
}

beforeAll(() => startWords())
beforeEach(async () => {
  await speak('en')
  root = document.body.appendChild(document.createElement('div'))
})
afterEach(() => {
  render(null, root)
  root.remove()
  vi.unstubAllGlobals()
})

describe('the patient folder', () => {
  it('says who brought what', async () => {
    const said = await show([study()])
    expect(said).toContain('Abdomen 2026-11-25 · US')
    expect(said).toContain('Li Mei · Clinic')
    expect(said).toContain('3 pictures')
    expect(said).toContain('In the folder')
  })

  it('crosses out what was withdrawn, and says by whom', async () => {
    const said = await show([study({ withdrawn_t: 90_000_000, withdrawn_by: who('Wang') })])
    expect(root.querySelector('s')?.textContent).toContain('Abdomen')
    expect(said).toContain('Withdrawn by Wang')
  })

  it('says that a device brought it, and that another name waits for an answer', async () => {
    const said = await show([study({ by: null, differs: true })])
    expect(said).toContain('A device')
    expect(said).toContain('Nobody has answered')
  })

  it('says who answered', async () => {
    const said = await show([study({ differs: true, confirmed_t: 1, confirmed_by: who('Wang') })])
    expect(said).toContain('Wang said that it is meant')
  })

  it('counts stills, and those as transmitted', async () => {
    expect(await show([study({ stills: [still(true), still(false)] })])).toContain(
      '2 stills (1 of them as transmitted)',
    )
  })

  it('leads to the export', async () => {
    await show([study()])
    const link = root.querySelector('a')
    expect(link?.getAttribute('href')).toBe('/api/consultations/c/dicom-export')
    expect(link?.textContent).toBe('DICOM export')
  })

  it('is not there where nothing was shared', async () => expect(await show([])).toBe(''))

  it('can be asked again', async () => {
    const said = await show(null)
    expect(said).toContain('could not be loaded')
    expect(root.querySelector('button')?.textContent).toBe('Try again')
  })
})
