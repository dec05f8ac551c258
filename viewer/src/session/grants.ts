// Who may see a consultation besides those who took part, and who looked: the requests, and what follows from their
// answers. The server decides.
import { ask } from './http'
import type {
  Accessed,
  AccountId,
  Brief,
  ConsentState,
  ConsultationId,
  ExportedHere,
  GrantData,
  GrantState,
  InstitutionId,
  Patient,
  Person,
} from './wire.gen'

const DAY_MS = 86_400_000

/** How long a grant holds, in days: every one ends. */
export const TERMS = [1, 7, 30, 90, 365] as const
export type Term = (typeof TERMS)[number]

/** `others`: how many more consultations of this patient a grant could be for. `patient` null: not told. */
export interface Overview {
  consultation: ConsultationId
  now: number
  patient: Patient | null
  others: number
  may_give: boolean
  recorded: boolean
  consent: ConsentState | null
  grants: readonly GrantState[]
  accesses: readonly (Accessed | ExportedHere)[]
  /** What holds in other consultations of this patient and was never given here. */
  earlier: readonly GrantState[]
}

export interface House {
  id: InstitutionId
  name: string
}

export interface Giving {
  key: string
  institution: InstitutionId
  account: AccountId | null
  data: readonly GrantData[]
  until: number
  everywhere: boolean
}

export interface Opened {
  brief: Brief
  data: readonly GrantData[]
  until: number
}

export async function overview(consultation: ConsultationId): Promise<Overview> {
  return (await ask('GET', `/api/consultations/${consultation}/grants`)) as Overview
}

export async function recipients(institution = ''): Promise<{ institutions: House[]; people: Person[] }> {
  const query = institution ? `?institution=${institution}` : ''
  return (await ask('GET', `/api/grants/recipients${query}`)) as { institutions: House[]; people: Person[] }
}

export async function give(consultation: ConsultationId, giving: Giving, csrf: string): Promise<void> {
  await ask('POST', `/api/consultations/${consultation}/grants`, giving, csrf)
}

export async function revoke(consultation: ConsultationId, key: string, csrf: string): Promise<number> {
  const path = `/api/consultations/${consultation}/grants/${key}`
  return ((await ask('DELETE', path, undefined, csrf)) as { consultations: number }).consultations
}

/** A link for the patient's own telephone; `until`: Unix ms. */
export async function patientLink(consultation: ConsultationId, csrf: string): Promise<{ url: string; until: number }> {
  const path = `/api/consultations/${consultation}/patient-link`
  const { token, until } = (await ask('POST', path, {}, csrf)) as { token: string; until: number }
  return { url: `${location.origin}/#patient=${token}`, until }
}

export async function withdrawConsent(consultation: ConsultationId, csrf: string): Promise<void> {
  await ask('DELETE', `/api/consultations/${consultation}/consent`, undefined, csrf)
}

export async function openedToMe(): Promise<Opened[]> {
  return (await ask('GET', '/api/grants/mine')) as Opened[]
}

export const untilOf = (term: Term, now: number): number => now + term * DAY_MS

export const isRunning = (one: GrantState, now: number): boolean => one.revoked_at === 0 && one.grant.until > now

/** The same once more, under a name of its own, as if it had not been taken back. */
export function again(one: GrantState, everywhere: boolean, key: string): Giving {
  const { institution, account, data, until } = one.grant
  return { key, institution, account, data, until, everywhere }
}
