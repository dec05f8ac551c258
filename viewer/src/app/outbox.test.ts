// Lines that wait: for the connection, for a file to be sent, for another try. Nothing is lost, nothing is sent twice.
import { beforeEach, expect, it, vi } from 'vitest'

import { HttpFailed } from '../session/http'
import { RequestFailed } from '../session/link'
import { emptyView } from '../session/view'

interface Said {
  key: string
  text: string
  attachment: string | null
}
const said: Said[] = []
let refuse: (() => Error | null) | null = null
const uploads: string[] = []
let uploading: (() => Promise<string>) | null = null

vi.mock('./wire', () => ({
  link: {
    request: (message: Said) => {
      const error = refuse?.()
      if (error) return Promise.reject(error)
      said.push(message)
      return Promise.resolve({ type: 'done' })
    },
    send: () => undefined,
  },
}))
vi.mock('../session/attachments', () => ({
  upload: async (consultation: string, _file: Blob, _csrf: string, progress: (share: number) => void) => {
    uploads.push(consultation)
    progress(0.5)
    return { sha256: uploading ? await uploading() : 'd1' }
  },
}))

const store = await import('../session/store')
const { again, drop, emptyOutbox, followConnection, outbox, post } = await import('./outbox')

const picture = { kind: 'picture', blob: new Blob(['x']), url: 'blob:1', durationMs: 0 } as const
const settle = (): Promise<void> => vi.advanceTimersByTimeAsync(0).then(() => undefined)
followConnection()

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('URL', { createObjectURL: () => 'blob:1', revokeObjectURL: vi.fn() })
  store.seated.value = false
  emptyOutbox()
  said.length = uploads.length = 0
  refuse = uploading = null
  store.view.value = emptyView('c1' as never)
  store.seated.value = true
})

it('sends words at once and forgets them', async () => {
  post('hello', null)
  await settle()
  expect(said.map((line) => line.text)).toEqual(['hello'])
  expect(outbox.value).toEqual([])
})

it('waits while there is no connection, then sends in order by itself', async () => {
  store.seated.value = false
  post('one', null)
  post('two', null)
  post('', picture)
  await settle()
  expect(outbox.value.map((line) => line.state)).toEqual(['waiting', 'waiting', 'waiting'])
  store.seated.value = true
  await settle()
  expect(said.filter((line) => line.text).map((line) => line.text)).toEqual(['one', 'two'])
  expect(said.filter((line) => line.attachment)).toHaveLength(1)
  expect(outbox.value).toEqual([])
})

it('keeps the key of a line whose answer was lost, so that it is said once', async () => {
  refuse = () => {
    store.seated.value = false
    return new RequestFailed('disconnected')
  }
  post('hello', null)
  await settle()
  const key = outbox.value[0]!.key
  refuse = null
  store.seated.value = true
  await settle()
  expect(said.map((line) => line.key)).toEqual([key])
})

it('does not let words wait behind a large picture', async () => {
  let arrive: (sha256: string) => void = () => undefined
  uploading = () => new Promise((resolve) => (arrive = resolve))
  post('', picture)
  post('look', null)
  await settle()
  expect(said.map((line) => line.text)).toEqual(['look'])
  expect(outbox.value.map((line) => [line.state, line.share])).toEqual([['sending', 0.5]])
  arrive('d2')
  await settle()
  expect(said.map((line) => line.attachment)).toEqual([null, 'd2'])
})

it('keeps what is refused, says why, and tries again when asked', async () => {
  refuse = () => new RequestFailed('too_many')
  post('hello', null)
  await settle()
  expect(outbox.value.map((line) => [line.state, line.code])).toEqual([['failed', 'too_many']])
  refuse = null
  again(outbox.value[0]!.key)
  await settle()
  expect(said.map((line) => line.text)).toEqual(['hello'])
})

it('sends a file anew that the server has forgotten', async () => {
  refuse = () => new RequestFailed('not_found')
  post('', picture)
  await settle()
  refuse = null
  again(outbox.value[0]!.key)
  await settle()
  expect(uploads).toEqual(['c1', 'c1'])
  expect(said.map((line) => line.attachment)).toEqual(['d1'])
})

it('looks again by itself when only the upload did not get through', async () => {
  uploading = () => Promise.reject(new HttpFailed(0, 'unreachable'))
  post('', picture)
  await settle()
  expect(outbox.value.map((line) => line.state)).toEqual(['waiting'])
  uploading = null
  await vi.advanceTimersByTimeAsync(3_000)
  expect(said.map((line) => line.attachment)).toEqual(['d1'])
})

it('goes on with the next one after one was refused', async () => {
  uploading = () => Promise.reject(new HttpFailed(413, 'too_large'))
  post('first', picture)
  await settle()
  uploading = null
  post('second', picture)
  await settle()
  expect(said.map((line) => line.text)).toEqual(['second'])
  drop(outbox.value[0]!.key)
  expect(outbox.value).toEqual([])
})

it('says nothing into the next consultation', async () => {
  let arrive: (sha256: string) => void = () => undefined
  uploading = () => new Promise((resolve) => (arrive = resolve))
  post('', picture)
  await settle()
  emptyOutbox()
  arrive('d3')
  await settle()
  expect(said).toEqual([])
})

it('does not speak on a connection that has not taken its seat: the old one went during the upload', async () => {
  uploading = () => {
    store.seated.value = false
    return Promise.resolve('d1')
  }
  post('', picture)
  await settle()
  expect(said).toEqual([])
  expect(outbox.value.map((line) => line.state)).toEqual(['waiting'])
  uploading = null
  store.seated.value = true
  await settle()
  expect(said.map((line) => line.attachment)).toEqual(['d1'])
  expect(outbox.value).toEqual([])
})
