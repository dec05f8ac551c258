// The few HTTP requests of the pages: session, demo patients, the summary after a call. Errors are ErrorCodes.
import { ERROR_CODE_VALUES } from './wire.gen'
import type { Brief, ErrorCode, ParticipantId, Patient, Person, SignedOpinion } from './wire.gen'

export interface Session {
  account: Person
  csrf: string
}

/** What the server says of a consultation after it: the brief, who was there, how long it rang and lasted. */
export interface Summary extends Brief {
  participants: readonly { participant: ParticipantId; person: Person; joined_at: number; left_at: number }[]
  chat_count: number
  ringing_ms: number
  open_ms: number
  signed: readonly SignedOpinion[]
  /** Numbers of those whose signature is not right for what the log says. */
  forged: readonly number[]
}

export class HttpFailed extends Error {
  constructor(
    readonly status: number,
    readonly code: ErrorCode | 'unreachable',
    /** The server's word for what exactly is in the way; often empty. */
    readonly detail = '',
  ) {
    super(code)
  }
}

export async function currentSession(): Promise<Session | null> {
  try {
    return (await ask('GET', '/api/session')) as Session
  } catch (error) {
    if (error instanceof HttpFailed && error.status === 401) return null
    throw error
  }
}

export async function signIn(user: string, password: string): Promise<Session> {
  return (await ask('POST', '/api/session', { user, password })) as Session
}

export async function signOut(csrf: string): Promise<void> {
  await ask('DELETE', '/api/session', undefined, csrf)
}

export async function patients(): Promise<Patient[]> {
  return (await ask('GET', '/api/patients')) as Patient[]
}

export async function summary(consultation: string): Promise<Summary> {
  return (await ask('GET', `/api/consultations/${consultation}`)) as Summary
}

/** One request. Raises HttpFailed. */
export async function ask(method: string, path: string, body?: object, csrf?: string): Promise<unknown> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (body) headers['Content-Type'] = 'application/json'
  if (csrf) headers['X-CSRF-Token'] = csrf
  const response = await answer(path, { method, headers, body: body && JSON.stringify(body) })
  return response.status === 204 ? null : response.json().catch(() => null)
}

/** The answer that is none of failure, whatever it holds. Raises HttpFailed; what its own `signal` ended stays an abort. */
export async function answer(url: string, request: RequestInit, through: typeof fetch = fetch): Promise<Response> {
  const response = await through(url, { ...request, credentials: 'same-origin' }).catch((error: unknown) => {
    throw request.signal?.aborted ? error : new HttpFailed(0, 'unreachable')
  })
  if (!response.ok) throw failureIn(response.status, await response.json().catch(() => null))
  return response
}

/** What an answer's problem says (RFC 9457). */
export function failureIn(status: number, body: unknown): HttpFailed {
  const problem = body as { code?: string; detail?: string } | null
  const known = ERROR_CODE_VALUES.find((code) => code === problem?.code)
  return new HttpFailed(status, known ?? (status >= 502 ? 'unreachable' : 'internal'), problem?.detail ?? '')
}
