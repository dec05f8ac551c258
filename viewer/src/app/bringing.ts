// Pictures on their way into the consultation: in batches, two at a time. A line that drops takes nothing away: what
// has not arrived waits and is sent again; what the folder has already is no error there.
import { effect, signal } from '@preact/signals'

import { batches } from '../session/batches'
import type { Batch, Brought } from '../session/batches'
import { folderOf, store as storeBatch } from '../session/dicomweb'
import type { Refused } from '../session/dicomweb'
import { HttpFailed } from '../session/http'
import * as store from '../session/store'

const AT_ONCE = 2
const LOOK_AGAIN_MS = 3_000 // the wire is open and the upload did not get through: the network is half back
const COMES_BACK = ['unreachable', 'stopping', 'busy']
const REFUSED_KEPT = 200 // a folder of ten thousand text files need not be listed whole

export interface Bringing {
  readonly key: string
  readonly consultation: string
  readonly files: number
  readonly bytes: number
  readonly sent: number
  readonly stored: number
  readonly refused: readonly Refused[]
  readonly refusedCount: number
  /** `waiting`: for the line. `failed`: none of the rest will be taken, `code` says why. */
  readonly state: 'sending' | 'waiting' | 'failed' | 'done' | 'cancelled'
  readonly code: string
}

interface Work {
  left: Batch[]
  running: Map<Batch, number>
  stop: AbortController
  arrived: number
}

export const bringing = signal<readonly Bringing[]>([])
const works = new Map<string, Work>()

export function bring(files: readonly Brought[], zips: readonly Brought[] = []): void {
  const consultation = store.view.peek()?.consultation
  const left = batches(files, zips)
  if (!consultation || left.length === 0) return
  const key = crypto.randomUUID()
  const bytes = left.reduce((sum, batch) => sum + batch.bytes, 0)
  const begun = { key, consultation, files: files.length + zips.length, bytes, sent: 0, stored: 0 }
  works.set(key, { left, running: new Map(), stop: new AbortController(), arrived: 0 })
  bringing.value = [...bringing.peek(), { ...begun, refused: [], refusedCount: 0, state: 'sending', code: '' }]
  pump(key)
}

/** What has arrived stays; the rest is forgotten. */
export function cancelBringing(key: string): void {
  works.get(key)?.stop.abort()
  works.delete(key)
  change(key, { state: 'cancelled' })
}

export function bringAgain(key: string): void {
  change(key, { state: 'sending', code: '' })
  pump(key)
}

export function dismissBringing(key: string): void {
  works.get(key)?.stop.abort()
  works.delete(key)
  bringing.value = bringing.peek().filter((one) => one.key !== key)
}

export function forgetBringing(): void {
  for (const { key } of bringing.peek()) dismissBringing(key)
}

/** The connection is back: what waits goes on. The consultation is over: nothing of it goes on. */
export function followBringing(): () => void {
  return effect(() => {
    const consultation = store.view.value?.consultation
    for (const job of bringing.peek()) if (job.consultation !== consultation) dismissBringing(job.key)
    if (!store.seated.value) return
    for (const { key, state } of bringing.peek()) if (state === 'waiting') bringAgain(key)
  })
}

function pump(key: string): void {
  const work = works.get(key)
  const job = bringing.peek().find((one) => one.key === key)
  if (!work || job?.state !== 'sending') return
  while (work.running.size < AT_ONCE) {
    const batch = work.left.shift()
    if (!batch) break
    work.running.set(batch, 0)
    void deliver(key, job.consultation, work, batch)
  }
  if (work.running.size === 0 && work.left.length === 0) {
    works.delete(key)
    change(key, { state: 'done', sent: job.bytes })
  }
}

async function deliver(key: string, consultation: string, work: Work, batch: Batch): Promise<void> {
  const { signal: stop } = work.stop
  const progress = (bytes: number): void => {
    work.running.set(batch, bytes)
    showSent(key, work)
  }
  try {
    const { stored, refused } = await storeBatch(folderOf(consultation), batch, store.csrf.value, {
      progress,
      signal: stop,
    })
    work.running.delete(batch)
    work.arrived += batch.bytes
    arrived(key, stored, named(refused, batch))
  } catch (error) {
    work.running.delete(batch)
    if (stop.aborted) return
    work.left.unshift(batch)
    notArrived(key, error instanceof HttpFailed ? error.code : 'internal')
  }
  showSent(key, work)
  pump(key)
}

/** By the name that people know it by: in a request of many files the server knows but its place. */
function named(refused: readonly Refused[], { kind, files }: Batch): Refused[] {
  if (kind === 'zip') return [...refused]
  return refused.map((one) => ({ ...one, file: files[Number(one.file) - 1]?.name ?? '' }))
}

function arrived(key: string, stored: number, refused: readonly Refused[]): void {
  const job = bringing.peek().find((one) => one.key === key)
  if (!job) return
  change(key, {
    stored: job.stored + stored,
    refused: [...job.refused, ...refused].slice(0, REFUSED_KEPT),
    refusedCount: job.refusedCount + refused.length,
  })
}

function notArrived(key: string, code: string): void {
  if (!COMES_BACK.includes(code)) return change(key, { state: 'failed', code })
  change(key, { state: 'waiting', code })
  // Its socket may not have noticed anything: then nobody says that the line is back.
  setTimeout(() => {
    if (store.seated.peek() && bringing.peek().some((one) => one.key === key && one.state === 'waiting'))
      bringAgain(key)
  }, LOOK_AGAIN_MS)
}

function showSent(key: string, work: Work): void {
  let sent = work.arrived
  for (const bytes of work.running.values()) sent += bytes
  change(key, { sent })
}

function change(key: string, changes: Partial<Bringing>): void {
  bringing.value = bringing.peek().map((one) => (one.key === key ? { ...one, ...changes } : one))
}
