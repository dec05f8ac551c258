// The opinion that I am writing: kept here while I look elsewhere, saved at the server as I type, signed with my password.
import { signal } from '@preact/signals'

import { serverNow } from '../session/clock'
import { HttpFailed } from '../session/http'
import { acknowledgeOpinion, readDraft, signOpinion, writeDraft } from '../session/opinions'
import type { Draft } from '../session/opinions'
import * as store from '../session/store'
import type { AccountId, ConsultationId, Opinion } from '../session/wire.gen'

export type Saved = 'loading' | 'unchanged' | 'saving' | 'saved' | 'failed'

export interface Writing {
  consultation: ConsultationId
  /** Whoever signs in next at this machine does not read it. */
  author: AccountId | undefined
  draft: Draft
  saved: Saved
  /** Unix ms */
  savedAt: number
}

export const EMPTY: Draft = {
  findings: '',
  impression: '',
  advice: '',
  critical: false,
  told_to: '',
  told_at: 0,
  amends: 0,
}
const SAVE_AFTER_MS = 800 // a pause in typing
const TRY_AGAIN_MS = 5_000

export const writing = signal<Writing | null>(null)

let timer: ReturnType<typeof setTimeout> | undefined
let saving: Promise<void> = Promise.resolve()

/** Take up the draft of this consultation; what was typed here already stays. */
export async function open(consultation: ConsultationId): Promise<void> {
  const author = store.me.value?.account
  if (writing.value?.consultation === consultation && writing.value.author === author) return
  await flush()
  writing.value = { consultation, author, draft: EMPTY, saved: 'loading', savedAt: 0 }
  try {
    const { draft, saved_at: savedAt } = await readDraft(consultation)
    // Whoever typed before the answer came meant what was typed.
    if (isLoading(consultation)) update({ draft: draft ?? EMPTY, saved: draft ? 'saved' : 'unchanged', savedAt })
  } catch {
    if (isLoading(consultation)) update({ saved: 'unchanged' })
  }
}

/** Something was typed: it is saved after a pause. */
export function change(fields: Partial<Draft>): void {
  const now = writing.value
  if (!now) return
  update({ draft: { ...now.draft, ...fields }, saved: 'saving' })
  later(SAVE_AFTER_MS)
}

/** Save now what is not saved yet. */
export async function flush(): Promise<void> {
  if (timer === undefined) return saving
  clearTimeout(timer)
  timer = undefined
  saving = saving.then(save)
  return saving
}

/** What would be signed. */
export function opinionOf(draft: Draft): Opinion {
  const { findings, impression, advice, critical } = draft
  const to = draft.told_to.trim()
  const told = critical && to ? { to, at: draft.told_at || Math.floor(serverNow()) } : null
  return { findings: findings.trim(), impression: impression.trim(), advice: advice.trim(), critical, told }
}

/** Whether there is something to sign. */
export function isEmpty(opinion: Opinion): boolean {
  return !opinion.told && !opinion.findings && !opinion.impression && !opinion.advice
}

/** Sign exactly `opinion`. The code of what went wrong, '' = signed. */
export async function sign(opinion: Opinion, password: string): Promise<string> {
  const now = writing.value
  if (!now) return 'internal'
  clearTimeout(timer)
  timer = undefined
  await saving // a save that is under way must not come after the signature
  try {
    await signOpinion(now.consultation, { password, opinion, amends: now.draft.amends }, store.csrf.value)
  } catch (error) {
    later(SAVE_AFTER_MS)
    return codeOf(error)
  }
  writing.value = { ...now, draft: EMPTY, saved: 'unchanged', savedAt: 0 }
  return ''
}

/** I have read it. The code of what went wrong, '' = done. */
export async function acknowledge(consultation: ConsultationId, number: number): Promise<string> {
  try {
    await acknowledgeOpinion(consultation, number, store.csrf.value)
    return ''
  } catch (error) {
    return codeOf(error)
  }
}

export function codeOf(error: unknown): string {
  return error instanceof HttpFailed ? error.code : 'internal'
}

function later(ms: number): void {
  clearTimeout(timer)
  timer = setTimeout(() => void flush(), ms)
}

async function save(): Promise<void> {
  const now = writing.value
  if (!now) return
  try {
    const { saved_at: savedAt } = await writeDraft(now.consultation, now.draft, store.csrf.value)
    if (writing.value?.draft === now.draft) update({ saved: 'saved', savedAt })
  } catch {
    if (writing.value?.draft !== now.draft) return
    update({ saved: 'failed' })
    later(TRY_AGAIN_MS)
  }
}

function isLoading(consultation: ConsultationId): boolean {
  return writing.value?.consultation === consultation && writing.value.saved === 'loading'
}

function update(changes: Partial<Writing>): void {
  if (writing.value) writing.value = { ...writing.value, ...changes }
}
