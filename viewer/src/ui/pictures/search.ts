// What is asked of QIDO-RS (PS3.18 10.6) for what somebody typed, and its answers as one list. Pure.
import { serverNow } from '../../session/clock'
import { TAG, text } from '../../session/dicom_json'
import type { Dataset } from '../../session/dicom_json'

export const LIMIT = 50 // more nobody reads; the page says to type more
export const SPANS = ['day', 'week', 'month', 'all'] as const
export type Span = (typeof SPANS)[number]
const DAYS: Record<Span, number> = { day: 0, week: 7, month: 30, all: -1 }

/** By name and by number, since people type either into one field; nothing typed asks for all. */
export function queries(find: string, span: Span, today = new Date(serverNow())): string[] {
  const typed = find.trim().replace(/[*?\\]/g, '')
  const base = new URLSearchParams({ limit: String(LIMIT), includefield: 'StudyDescription' })
  if (DAYS[span] >= 0) base.set('StudyDate', `${day(today, DAYS[span])}-${day(today, 0)}`)
  if (!typed) return [base.toString()]
  const wishes: [string, string][] = [
    ['PatientName', `*${typed.replace(/\s+/g, '*')}*`],
    ['PatientID', `${typed}*`],
  ]
  return wishes.map(([key, value]) => {
    const query = new URLSearchParams(base)
    query.set(key, value)
    return query.toString()
  })
}

function day(today: Date, ago: number): string {
  const then = new Date(today.getFullYear(), today.getMonth(), today.getDate() - ago)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${then.getFullYear()}${two(then.getMonth() + 1)}${two(then.getDate())}`
}

/** Each study once, newest first. */
export function studiesIn(answers: readonly (readonly Dataset[])[]): Dataset[] {
  const found = new Map<string, Dataset>()
  for (const row of answers.flat()) {
    const uid = text(row, TAG.StudyInstanceUID)
    if (uid && !found.has(uid)) found.set(uid, row)
  }
  return [...found.values()].sort((a, b) => text(b, TAG.StudyDate).localeCompare(text(a, TAG.StudyDate)))
}
