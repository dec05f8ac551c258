// Looking together as pages: the folder, the question about the patient, who leads, what is on its way.
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

const asked: { type: string }[] = []
vi.mock('../../app/wire', () => ({
  listener: {},
  link: {
    request: (body: { type: string }) => {
      asked.push(body)
      return Promise.resolve({ type: 'done' })
    },
    send: () => undefined,
    start: () => undefined,
    stop: () => undefined,
  },
}))

const { speak, startWords } = await import('../../i18n')
const store = await import('../../session/store')
const { bringing } = await import('../../app/bringing')
const { lookedAt, stopLooking } = await import('../../app/looking')
const { PicturesPanel } = await import('./PicturesPanel')
const { PicturesTop } = await import('./PicturesTop')
const { resetOpen } = await import('./open')

import type { View } from '../../session/view'
import type { EventBody } from '../../session/wire.gen'
import { call, chen, li, study, viewOf } from './fixtures.testing'

let place: HTMLElement

function show(view: View): void {
  store.view.value = view
  lookedAt(view, [])
  store.me.value = view.state.participants.find((seat) => seat.participant === view.me)?.person ?? li
  const Page = (): preact.JSX.Element => (
    <>
      <PicturesTop view={store.view.value ?? view} />
      <PicturesPanel view={store.view.value ?? view} />
    </>
  )
  act(() => render(<Page />, place))
}

function button(name: string): HTMLElement {
  const buttons = [...document.querySelectorAll<HTMLElement>('button')]
  const found = buttons.find((one) => (one.getAttribute('aria-label') ?? one.textContent.trim()) === name)
  if (!found) throw new Error(`no button ${name} of ${buttons.map((one) => one.textContent.trim()).join(' | ')}`)
  return found
}

async function press(name: string): Promise<void> {
  await act(async () => {
    button(name).click()
    await Promise.resolve()
  })
}

const words = (): string => document.body.textContent.replace(/\s+/g, ' ')
const buttons = (): string[] => [...place.querySelectorAll('.lead-buttons button')].map((one) => one.textContent.trim())

beforeAll(async () => {
  await startWords()
  await speak('en')
})

beforeEach(() => {
  vi.stubGlobal('fetch', () => Promise.resolve(Response.json([{ '00080018': { Value: ['1.2.1.1'] } }])))
  asked.length = 0
  store.seated.value = true
  place = document.createElement('div')
  document.body.append(place)
})

afterEach(() => {
  act(() => render(null, place))
  place.remove()
  resetOpen()
  stopLooking()
  bringing.value = []
  store.view.value = store.notice.value = null
})

describe('the folder', () => {
  it('says what to do while it is empty, and offers three ways', () => {
    show(viewOf(call))
    expect(words()).toContain('Drag files, a folder or a ZIP onto this page')
    expect([...place.querySelectorAll('.bring-buttons button')].map((one) => one.textContent)).toContain('Files')
    expect(words()).toContain('My clinic')
  })

  it('names the patient of every study, and its series', () => {
    show(viewOf([...call, ...study(false)]))
    expect(words()).toContain('Zhang SanNo. QS-1Abdomen · 2026-11-25from Li Mei')
    expect(button('Open CT Portal, 12 pictures')).toBeTruthy()
  })

  it.each([
    ['ECG', '12 ECGs', '12 份心电图'],
    ['SR', '12 reports', '12 份报告'],
    ['KO', '12 reports', '12 份报告'],
    ['DOC', '12 documents', '12 份文档'],
    ['PR', '12 saved views', '12 个保存的视图'],
    ['US', '12 pictures', '12 幅'],
  ])('says what %s is', async (modality, english, chinese) => {
    show(viewOf([...call, ...study(false).map((one) => ('modality' in one ? { ...one, modality } : one))]))
    expect(button(`Open ${modality} Portal, ${english}`)).toBeTruthy()
    await act(() => speak('zh-CN'))
    expect(button(`打开 ${modality} Portal，${chinese}`)).toBeTruthy()
    await act(() => speak('en'))
  })

  it('opens a series for all where I lead: its first instance, under the epoch of the lead', async () => {
    show(viewOf([...call, ...study(false)]))
    await press('Open CT Portal, 12 pictures')
    await vi.waitFor(() => expect(asked).toHaveLength(1))
    const image = { study: '1.2', series: '1.2.1', instance: '1.2.1.1', frame: 1 }
    expect(asked[0]).toMatchObject({ type: 'change_view', epoch: 1, viewport: 0, image })
  })

  it('asks those who do not lead whether it is for them alone', async () => {
    show(viewOf([...call, ...study(false)], 2))
    await press('Open CT Portal, 12 pictures')
    expect(words()).toContain('Li Mei leads the pictures now')
    await press('Look on my own')
    await vi.waitFor(() => expect(store.sight.value.viewports[0]?.image?.instance).toBe('1.2.1.1'))
    expect([store.sight.value.following, asked.map((one) => one.type)]).toEqual([false, []])
  })

  it('takes out, and back', async () => {
    show(viewOf([...call, ...study(false)]))
    await press('Take out: Abdomen · 2026-11-25')
    expect(asked).toEqual([{ type: 'withdraw_study', study: '1.2' }])
    await press('Undo')
    expect(asked[1]).toEqual({ type: 'share_study', study: '1.2', source: 'folder' })
  })

  it('lets only who brought it or who called take it out', () => {
    show(viewOf([...call, ...study(false)], 2))
    expect(() => button('Take out: Abdomen · 2026-11-25')).toThrow()
  })
})

describe('another patient', () => {
  it('is a question that only an answer ends, with both names; nothing is shown before', async () => {
    show(viewOf([...call, ...study(true, 'Wu^Lin')]))
    const dialog = document.querySelector('[role=alertdialog]')
    expect(dialog?.textContent).toContain('Zhang San')
    expect(dialog?.textContent).toContain('Wu Lin')
    expect(() => button('Open CT Portal, 12 pictures')).toThrow()
    await press('Same patient, show them')
    expect(asked).toEqual([{ type: 'confirm_study', study: '1.2' }])
  })

  it('is seen by all; whoever is not asked first may answer by a press', async () => {
    show(viewOf([...call, ...study(true, 'Wu^Lin')], 2))
    expect(document.querySelector('[role=alertdialog]')).toBeNull()
    expect(words()).toContain('Other patient? Wu Lin: not shown before somebody has answered.')
    await press('Answer')
    expect(document.querySelector('[role=alertdialog]')).not.toBeNull()
    expect(() => button('Wrong patient, take them out')).toThrow() // neither brought it nor called
  })

  it('is no question any more once it was answered', () => {
    show(viewOf([...call, ...study(true), { type: 'study_confirmed', study: '1.2' as never }]))
    expect(document.querySelector('[role=alertdialog]')).toBeNull()
    expect(button('Open CT Portal, 12 pictures')).toBeTruthy()
  })
})

describe('who leads', () => {
  const granted: EventBody[] = [{ type: 'lead_changed', holder: 2, epoch: 2, reason: 'granted' }]

  it('is named; the bedside lets somebody lead and takes back by one press', async () => {
    show(viewOf([...call, ...study(false)]))
    expect(place.querySelector('.lead-who')?.textContent).toBe('You lead')
    expect(buttons()).toEqual(['Let Wang lead'])
    await press('Let Wang lead')
    expect(asked[0]).toEqual({ type: 'give_lead', participant: 2 })
    show(viewOf([...call, ...study(false), ...granted]))
    expect(place.querySelector('.lead-who')?.textContent).toBe('Wang leads')
    expect(buttons()).toEqual(['Take back'])
    await press('Take back the lead')
    expect(asked[1]).toEqual({ type: 'take_lead' })
  })

  it('the specialist asks, sees that it asked, and gives back', async () => {
    show(viewOf([...call, ...study(false)], 2))
    await press('Ask to lead')
    expect(asked[0]).toEqual({ type: 'ask_lead' })
    show(viewOf([...call, ...study(false), { type: 'lead_asked', participant: 2 as never }], 2))
    expect(buttons()).toEqual([])
    expect(words()).toContain('Asked to lead')
    show(viewOf([...call, ...study(false), ...granted], 2))
    await press('Give back the lead')
    expect(asked[1]).toEqual({ type: 'return_lead' })
  })

  it('the bedside answers a request, or not now', async () => {
    const request: EventBody[] = [...call, ...study(false), { type: 'lead_asked', participant: 2 as never }]
    show(viewOf(request))
    expect(words()).toContain('Wang would like to lead the pictures.')
    await press('Not now')
    expect(words()).not.toContain('Wang would like to lead')
    show(viewOf([...request, ...granted, { type: 'lead_changed', holder: 1, epoch: 3, reason: 'taken_back' }]))
    show(viewOf([...request, { type: 'lead_asked', participant: 2 as never }]))
    expect(words()).toContain('Wang would like to lead the pictures.')
    await press('Let lead')
    expect(asked[0]).toEqual({ type: 'give_lead', participant: 2 })
  })

  it('the leader sees who really looks, in words', () => {
    const seen: EventBody[] = [
      { type: 'joined', participant: 3 as never, person: chen },
      { type: 'showing_changed', participant: 2 as never, showing: 'loading', behind: 7 },
      { type: 'showing_changed', participant: 3 as never, showing: 'unsupported', behind: 0 },
    ]
    show(viewOf([...call, ...study(false), ...seen]))
    const said = [...place.querySelectorAll('.audience li')].map((one) => one.textContent)
    expect(said).toEqual(['Wang: loading, 7 to go', 'Chen: cannot show it'])
  })

  it('everybody else follows or looks on their own, and is told', () => {
    show(viewOf([...call, ...study(false)], 2))
    const [, own] = place.querySelectorAll<HTMLInputElement>('.lead-mode input')
    act(() => own?.click())
    expect(store.sight.value.following).toBe(false)
    expect(words()).toContain('You look on your own. What you do, nobody else sees.')
  })
})

describe('on the way', () => {
  it('says how far, what was not taken and what to do about it', () => {
    const refused = [
      { file: 'a/notes.txt', fault: 'not_dicom' as const },
      { file: 'a/half.dcm', fault: 'truncated' as const },
    ]
    const job = { key: 'k', consultation: 'c', files: 9, bytes: 5_000_000, sent: 1_000_000, stored: 3 }
    store.seated.value = false
    bringing.value = [{ ...job, refused, refusedCount: 2, state: 'waiting', code: 'unreachable' }]
    show(viewOf(call))
    expect(words()).toContain('1.0 MB of 5.0 MB · 3 pictures are here')
    expect(words()).toContain('The line is down. This goes on by itself')
    expect(place.querySelector('.refused')?.textContent).toContain('Photos and documents go into the chat.a/notes.txt')
    expect(place.querySelector('.refused')?.textContent).toContain('Export it again at the machine.a/half.dcm')
  })
})
