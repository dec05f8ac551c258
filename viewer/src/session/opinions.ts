// The HTTP requests of an opinion: its draft, signing, acknowledging; and the list of my consultations.
import { ask } from './http'
import type { Brief, ConsultationId, Opinion } from './wire.gen'

/** The form as it is being filled in. `told_at` Unix ms, 0 = not given; `amends` 0 = the opinion itself. */
export interface Draft {
  findings: string
  impression: string
  advice: string
  critical: boolean
  told_to: string
  told_at: number
  amends: number
}

export interface DraftReply {
  draft: Draft | null
  saved_at: number
  now: number
}

export async function readDraft(consultation: ConsultationId): Promise<DraftReply> {
  return (await ask('GET', `/api/consultations/${consultation}/draft`)) as DraftReply
}

export async function writeDraft(consultation: ConsultationId, draft: Draft, csrf: string): Promise<DraftReply> {
  return (await ask('PUT', `/api/consultations/${consultation}/draft`, draft, csrf)) as DraftReply
}

export async function signOpinion(
  consultation: ConsultationId,
  signing: { password: string; opinion: Opinion; amends: number },
  csrf: string,
): Promise<number> {
  const path = `/api/consultations/${consultation}/opinions`
  return ((await ask('POST', path, signing, csrf)) as { number: number }).number
}

export async function acknowledgeOpinion(consultation: ConsultationId, number: number, csrf: string): Promise<void> {
  await ask('POST', `/api/consultations/${consultation}/opinions/${number}/acknowledgement`, undefined, csrf)
}

export interface Listing {
  find: string
  open: boolean
  /** Unix ms; 0 = the newest */
  before: number
  limit: number
}

/** Live ones first (only with `before` 0), then ended ones, newest first. */
export async function listConsultations(listing: Listing): Promise<Brief[]> {
  const { find, open, before, limit } = listing
  const query = new URLSearchParams({ find, open: String(open), before: String(before), limit: String(limit) })
  return (await ask('GET', `/api/consultations?${query.toString()}`)) as Brief[]
}
