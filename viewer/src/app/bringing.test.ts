// Pictures on their way: two requests at a time, a line that drops, a refusal, a stop.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

vi.mock('./wire', () => ({ listener: {}, link: { request: () => new Promise(() => {}), send: () => undefined } }))

const store = await import('../session/store')
const { emptyView } = await import('../session/view')
const { bring, bringing, bringAgain, cancelBringing, followBringing, forgetBringing } = await import('./bringing')
import type { ConsultationId } from '../session/wire.gen'

interface Sent {
  url: string
  type: string
  body: Blob
  answer(status: number, body: object | null): void
  drop(): void
  progress(loaded: number): void
  aborted: boolean
}
let sent: Sent[] = []

/** What is used of it, answered by hand. */
class FakeRequest {
  upload: { onprogress?: (event: { loaded: number }) => void } = {}
  responseType = ''
  response: object | null = null
  status = 0
  onload?: () => void
  onerror?: () => void
  onabort?: () => void
  private headers: Record<string, string> = {}
  private url = ''
  private record?: Sent
  open(_method: string, url: string): void {
    this.url = url
  }
  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value
  }
  send(body: Blob): void {
    this.record = {
      ...{ url: this.url, type: this.headers['Content-Type'] ?? '', body, aborted: false },
      answer: (status, response) => {
        this.status = status
        this.response = response
        this.onload?.()
      },
      drop: () => this.onerror?.(),
      progress: (loaded) => this.upload.onprogress?.({ loaded }),
    }
    sent.push(this.record)
  }
  abort(): void {
    if (this.record) this.record.aborted = true
    this.onabort?.()
  }
}

const file = (name: string, size = 10): { name: string; file: Blob } => ({ name, file: new Blob(['x'.repeat(size)]) })
const many = (count: number): { name: string; file: Blob }[] => Array.from({ length: count }, (_, n) => file(String(n)))
const stored = (count: number, more: object = {}): object => ({
  '00081199': { vr: 'SQ', Value: Array.from({ length: count }, () => ({})) },
  ...more,
})
const refused = (fault: string, file: string): object => ({
  '00091001': { Value: [fault] },
  '00091002': { Value: [file] },
})
const settle = async (): Promise<void> => {
  for (let n = 0; n < 5; n++) await Promise.resolve()
}
const job = (): (typeof bringing.value)[number] => bringing.value[0]!
let stop: () => void

beforeEach(() => {
  sent = []
  vi.stubGlobal('XMLHttpRequest', FakeRequest)
  vi.useFakeTimers()
  store.view.value = emptyView('c' as ConsultationId)
  store.seated.value = true
  stop = followBringing()
})

afterEach(() => {
  stop()
  forgetBringing()
  store.view.value = null
  store.seated.value = false
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('bringing in', () => {
  it('sends two batches at a time, to the folder of this consultation, and counts what is there', async () => {
    bring(many(120))
    expect(sent.map((one) => one.url)).toEqual(Array(2).fill('/api/consultations/c/dicom-web/studies'))
    expect(sent[0]!.type).toMatch(/^multipart\/related; type="application\/dicom"; boundary=/)
    sent[0]!.answer(200, stored(50))
    await settle()
    expect(sent).toHaveLength(3)
    sent[1]!.answer(200, stored(50))
    sent[2]!.answer(200, stored(20))
    await settle()
    expect(job()).toMatchObject({ state: 'done', stored: 120, sent: 1200, bytes: 1200 })
  })

  it('shows how far it is while it goes', () => {
    bring(many(10))
    sent[0]!.progress(40)
    expect(job().sent).toBe(40)
  })

  it('waits for the line, and sends again what did not arrive and nothing else', async () => {
    bring(many(120))
    sent[0]!.answer(200, stored(50))
    await settle()
    store.seated.value = false
    sent[1]!.drop()
    sent[2]!.drop()
    await settle()
    expect(job()).toMatchObject({ state: 'waiting', stored: 50, sent: 500 })
    vi.advanceTimersByTime(10_000)
    expect(sent).toHaveLength(3)
    store.seated.value = true
    await settle()
    expect(sent).toHaveLength(5)
    sent[3]!.answer(200, stored(50))
    sent[4]!.answer(200, stored(20))
    await settle()
    expect(job()).toMatchObject({ state: 'done', stored: 120 })
  })

  it('looks again by itself where the socket noticed nothing', async () => {
    bring(many(1))
    sent[0]!.answer(503, { code: 'stopping' })
    await settle()
    expect(job().state).toBe('waiting')
    vi.advanceTimersByTime(3_000)
    expect(sent).toHaveLength(2)
  })

  it('says which files were not taken, by their names; the others are there', async () => {
    bring([file('a/one.dcm'), file('a/notes.txt')])
    sent[0]!.answer(202, stored(1, { '0008119A': { vr: 'SQ', Value: [refused('not_dicom', '2')] } }))
    await settle()
    expect(job()).toMatchObject({ state: 'done', stored: 1, refusedCount: 1 })
    expect(job().refused).toEqual([{ file: 'a/notes.txt', fault: 'not_dicom' }])
  })

  it('stops at a refusal of everything, says why, and goes on when asked to', async () => {
    bring(many(1))
    sent[0]!.answer(507, { code: 'storage_full' })
    await settle()
    expect(job()).toMatchObject({ state: 'failed', code: 'storage_full' })
    bringAgain(job().key)
    sent[1]!.answer(200, stored(1))
    await settle()
    expect(job().state).toBe('done')
  })

  it('stops when told to; what has arrived stays', async () => {
    bring(many(120))
    sent[0]!.answer(200, stored(50))
    await settle()
    cancelBringing(job().key)
    await settle()
    expect(sent.slice(1).map((one) => one.aborted)).toEqual([true, true])
    expect(job()).toMatchObject({ state: 'cancelled', stored: 50 })
  })

  it('sends a ZIP as it is', () => {
    bring([], [file('a.zip')])
    expect(sent[0]!.type).toBe('application/zip')
  })

  it('says what in a ZIP was not taken, by its path; nothing taken is an answer too', async () => {
    bring([], [file('a.zip')])
    sent[0]!.answer(409, {
      '00090010': {},
      '0008119A': { Value: [refused('unsafe_name', '../../x'), refused('?', 'y')] },
    })
    await settle()
    expect(job()).toMatchObject({ state: 'done', stored: 0, refusedCount: 2 })
    expect(job().refused.map((one) => `${one.file} ${one.fault}`)).toEqual(['../../x unsafe_name', 'y broken'])
  })
})
