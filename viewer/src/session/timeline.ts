// The timeline of a consultation, as the server folds it from the log (recordings/timeline).
import { ask } from './http'
import type { CloseReason, ConsultationId, Kind, Purpose, Role } from './wire.gen'

export interface Lane {
  participant: number
  /** null = the server */
  role: Role | null
  site: string
  department: string
}

export type Sign = 'people' | 'media' | 'trouble' | 'better'
export type Unit = 'none' | 'ms' | 'per_mille' | 'kbps' | 'events' | 'transport'
export type Stretch = 'ringing' | 'here' | 'away' | 'media' | 'loss' | 'suspended' | 'no_keyframes' | 'storage'

/** Times are µs since the request. */
export interface Entry {
  t: number
  lane: number
  what: string
  sign: Sign
  track: number
  kind: Kind | null
  purpose: Purpose | null
  value: number
  unit: Unit
  reason: CloseReason | null
  text: string
}

/** `end` -1 = it goes on. */
export interface Span {
  lane: number
  what: Stretch
  begin: number
  end: number
  track: number
}

/** ms, -1 = never came. */
export interface Durations {
  lane: number
  joined: number
  ice: number
  dtls: number
  first_packet: number
  first_keyframe: number
  answer: number
  disconnections: number
  losses: number
}

export interface Timeline {
  consultation: ConsultationId
  started_unix_us: number
  answered: number
  closed: number
  end: number
  lanes: readonly Lane[]
  entries: readonly Entry[]
  spans: readonly Span[]
  durations: readonly Durations[]
  left_out: number
}

export const timelinePath = (consultation: string, language = ''): string =>
  `/api/consultations/${consultation}/timeline${language ? `?format=html&lang=${language}` : ''}`

export async function timeline(consultation: string): Promise<Timeline> {
  return (await ask('GET', timelinePath(consultation))) as Timeline
}
