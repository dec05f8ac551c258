// A consent while it is being written down, and whether it is whole. Pure. The server decides; this says what lacks.
import { serverNow } from './clock'
import type { Consent, ConsentGiver, ConsentKind, ConsentUse } from './wire.gen'

const YEAR_MS = 365.25 * 24 * 3_600_000

/** How long it holds: until it is withdrawn, or some years. */
export const TERMS = [0, 1, 3, 15] as const
export type Term = (typeof TERMS)[number]

export interface ConsentDraft {
  readonly how: ConsentKind
  readonly giver: ConsentGiver
  readonly giverName: string
  readonly witness: string
  /** The clip or the photograph, not sent yet. */
  readonly proof: Blob | null
  readonly quality: boolean
  readonly teaching: boolean
  readonly years: Term
}

export const EMPTY_CONSENT: ConsentDraft = {
  how: 'spoken',
  giver: 'patient',
  giverName: '',
  witness: '',
  proof: null,
  quality: true,
  teaching: false,
  years: 0,
}

export type Lacking = 'giver' | 'witness' | 'clip' | 'form'

/** What it still needs, in the order of the form. */
export function lacking(draft: ConsentDraft): Lacking | null {
  if (draft.giver === 'guardian' && !draft.giverName.trim()) return 'giver'
  if (draft.how === 'witnessed') return draft.witness.trim() ? null : 'witness'
  if (draft.proof) return null
  return draft.how === 'spoken' ? 'clip' : 'form'
}

/** As it goes to the server; `proof`: the name of the attachment, once it is there. */
export function consentOf(draft: ConsentDraft, key: string, proof: string, now = serverNow()): Consent {
  const uses: ConsentUse[] = ['care']
  if (draft.quality) uses.push('quality')
  if (draft.teaching) uses.push('teaching')
  return {
    key,
    how: draft.how,
    giver: draft.giver,
    uses,
    giver_name: draft.giver === 'guardian' ? draft.giverName.trim() : '',
    witness: draft.how === 'witnessed' ? draft.witness.trim() : '',
    proof: draft.how === 'witnessed' ? '' : proof,
    until: draft.years === 0 ? 0 : Math.round(now + draft.years * YEAR_MS),
  }
}
