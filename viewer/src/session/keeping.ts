// How long recordings are kept: what somebody decided about a consultation, over HTTP. No patient is in any of it.
import { ask } from './http'
import * as store from './store'
import type { ConsultationId } from './wire.gen'

export type Step = 'held' | 'lifted' | 'asked' | 'withdrawn' | 'confirmed'

/** `account` empty: its time had run out. Times are Unix ms. */
export interface Decision {
  account: string
  name: string
  why: string
  t_unix_ms: number
}

export interface Kept {
  consultation: ConsultationId
  site: string
  requested_at: number
  closed_at: number
  hold: Decision | null
  asked: Decision | null
  confirmed: Decision | null
  erased: Decision | null
  aged: readonly string[]
  /** What was decided cannot be read any more: nothing is erased. */
  damaged: boolean
}

const PATH = '/api/keeping'

export const decided = async (): Promise<Kept[]> => (await ask('GET', PATH)) as Kept[]
export const look = async (consultation: string): Promise<Kept> =>
  (await ask('GET', `${PATH}/${encodeURIComponent(consultation)}`)) as Kept

export async function decide(consultation: ConsultationId, step: Step, why: string): Promise<Kept> {
  const what = step === 'held' || step === 'lifted' ? 'hold' : 'erasure'
  return (await ask('POST', `${PATH}/${consultation}/${what}`, { step, why }, store.csrf.value)) as Kept
}
