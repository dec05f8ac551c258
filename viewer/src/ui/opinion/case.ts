// What the paper needs to know of a consultation, live or ended. Pure.
import { mayWriteOpinion } from '../../app/roles'
import { serverTime } from '../../session/clock'
import type { Summary } from '../../session/http'
import type { View } from '../../session/view'
import type { AccountId, ConsultationId, Patient, Person, SignedOpinion } from '../../session/wire.gen'

export interface Case {
  consultation: ConsultationId
  patient: Patient
  requester: Person
  reason: string
  /** Unix ms */
  requestedAt: number
  signed: readonly SignedOpinion[]
  forged: readonly number[]
  /** Who took part, of one that is over: only they write. Null: whoever is in it. */
  people: readonly AccountId[] | null
}

export function liveCase({ consultation, state, zeroMs }: View): Case | null {
  const { patient, requester, reason, opinions: signed } = state
  if (!patient || !requester) return null
  return { consultation, patient, requester, reason, requestedAt: serverTime(zeroMs), signed, forged: [], people: null }
}

export function closedCase(summary: Summary): Case {
  const { consultation, patient, requester, reason, requested_at: requestedAt, signed, forged } = summary
  const people = summary.participants.map(({ person }) => person.account)
  if (summary.specialist) people.push(summary.specialist.account)
  return { consultation, patient, requester, reason, requestedAt, signed, forged, people }
}

/** Whether somebody has an opinion to write here: who was only given access has not. */
export function writesIn(of: Case, me: Person | null): boolean {
  if (!me || !mayWriteOpinion(me.role)) return false
  return of.people === null || of.people.includes(me.account)
}

/** An opinion with what was added to it. */
export interface Sheet {
  opinion: SignedOpinion
  addenda: SignedOpinion[]
}

/** Addenda stand with the opinion that they lead back to, in the order in which they were signed. */
export function sheets(signed: readonly SignedOpinion[]): Sheet[] {
  const found = new Map<number, Sheet>()
  for (const one of signed) {
    const sheet = found.get(one.amends)
    if (sheet) sheet.addenda.push(one)
    found.set(one.number, sheet ?? { opinion: one, addenda: [] })
  }
  return [...new Set(found.values())]
}

/** Whether a critical value stands there that nobody is said to have been told of. */
export function isUntold(signed: readonly SignedOpinion[]): boolean {
  return signed.some((one) => one.opinion.critical) && !signed.some((one) => one.opinion.told)
}
