// What I said and the server does not have yet: lines wait here for the connection, files with their progress. Nothing
// is lost silently: what is refused stays, with why and "try again".
import { effect, signal } from '@preact/signals'

import { upload } from '../session/attachments'
import { HttpFailed } from '../session/http'
import { RequestFailed } from '../session/link'
import * as store from '../session/store'
import { link } from './wire'

/** A picture or a voice message, in the form in which it is sent. */
export interface Enclosed {
  readonly kind: 'picture' | 'voice'
  readonly blob: Blob
  /** An object URL, revoked when the line leaves the outbox. */
  readonly url: string
  readonly durationMs: number
}

export interface Waiting {
  readonly key: string
  readonly text: string
  readonly file: Enclosed | null
  readonly state: 'waiting' | 'sending' | 'failed'
  /** How much of the file is sent, 0 to 1. */
  readonly share: number
  readonly code: string
}

const COMES_BACK = ['disconnected', 'timeout', 'stopping', 'unreachable']
const LOOK_AGAIN_MS = 3_000 // the wire is open and the upload did not get through: the network is half back

export const outbox = signal<readonly Waiting[]>([])

/** Files go one after the other; words do not wait behind a large picture. */
const busy = { words: false, files: false }
type Lane = keyof typeof busy

export function post(text: string, file: Enclosed | null): void {
  const key = crypto.randomUUID()
  outbox.value = [...outbox.peek(), { key, text, file, state: 'waiting', share: 0, code: '' }]
  void pump(file ? 'files' : 'words')
}

export function again(key: string): void {
  change(key, { state: 'waiting', code: '' })
  void pump('words')
  void pump('files')
}

export function drop(key: string): void {
  const gone = outbox.peek().find((line) => line.key === key)
  outbox.value = outbox.peek().filter((line) => line.key !== key)
  if (gone?.file) URL.revokeObjectURL(gone.file.url)
}

export function emptyOutbox(): void {
  for (const line of outbox.peek()) drop(line.key)
}

/** The connection has joined again: what waits goes on. */
export function followConnection(): void {
  effect(() => {
    if (!store.seated.value) return
    void pump('words')
    void pump('files')
  })
}

async function pump(lane: Lane): Promise<void> {
  if (busy[lane]) return
  busy[lane] = true
  try {
    for (let line = next(lane); line && store.seated.value; line = next(lane)) {
      if (!(await deliver(line))) return
    }
  } finally {
    busy[lane] = false
  }
}

function next(lane: Lane): Waiting | undefined {
  return outbox.peek().find((line) => line.state === 'waiting' && (line.file ? 'files' : 'words') === lane)
}

/** False: it waits for the connection, and what is behind it too. */
async function deliver(line: Waiting): Promise<boolean> {
  change(line.key, { state: 'sending', share: 0 })
  try {
    await say(line)
    drop(line.key)
    return true
  } catch (error) {
    const code = error instanceof RequestFailed || error instanceof HttpFailed ? error.code : 'internal'
    if (!COMES_BACK.includes(code)) {
      change(line.key, { state: 'failed', code })
      return true
    }
    change(line.key, { state: 'waiting' })
    if (store.seated.value) setTimeout(() => void pump(line.file ? 'files' : 'words'), LOOK_AGAIN_MS)
    return false
  }
}

/** Sent anew from the file on every try: a server that was restarted has forgotten what nobody said. */
async function say({ key, text, file }: Waiting): Promise<void> {
  let sha256: string | null = null
  if (file) {
    const consultation = store.view.value?.consultation ?? ''
    const sent = await upload(consultation, file.blob, store.csrf.value, (share) => change(key, { share }))
    sha256 = sent.sha256
    if (!outbox.peek().some((line) => line.key === key)) return // the consultation ended meanwhile
    // The connection went during the upload: on the next one this must not come before the seat is taken again.
    if (!store.seated.value) throw new RequestFailed('disconnected')
  }
  await link.request({ type: 'chat', key, text, attachment: sha256 })
}

function change(key: string, changes: Partial<Waiting>): void {
  outbox.value = outbox.peek().map((line) => (line.key === key ? { ...line, ...changes } : line))
}
