// A reviewer’s own notes at time codes: the doors are the review’s (docs/review.md).
import { ask } from '../session/http'
import type { ConsultationId, FrameKey } from '../session/wire.gen'

export const MOST = 2_000 // characters

export interface Note {
  readonly number: number
  /** µs of the session */
  readonly t: number
  readonly text: string
  readonly frame: FrameKey | null
}

function root(consultation: ConsultationId): string {
  return `/api/reviews/${consultation}/notes`
}

export async function notesOf(consultation: ConsultationId): Promise<readonly Note[]> {
  return (await ask('GET', root(consultation))) as readonly Note[]
}

/** `said.frame`: of the live picture that was looked at. */
export async function addNote(
  consultation: ConsultationId,
  said: Pick<Note, 't' | 'text' | 'frame'>,
  csrf: string,
): Promise<Note> {
  return (await ask('POST', root(consultation), said, csrf)) as Note
}

export async function dropNote(consultation: ConsultationId, number: number, csrf: string): Promise<void> {
  await ask('DELETE', `${root(consultation)}/${number}`, undefined, csrf)
}
