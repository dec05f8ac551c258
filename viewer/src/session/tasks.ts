// What is still to be done for a consultation, and by whom: one function over its brief. The server's list of open ones
// (sefaw_rtc/store/consultations.py, `_still_open`) is the same question asked of a table.
import type { AccountId, Brief, CloseReason } from './wire.gen'

export type Task = 'tell_critical' | 'write_opinion' | 'acknowledge' | 'call_again'

export interface OpenTask {
  task: Task
  who: AccountId
}

/** A question that nobody answered is open for a day; after that it was settled another way. */
export const CALL_AGAIN_MS = 24 * 3600 * 1000
const UNANSWERED: readonly (CloseReason | null)[] = ['no_answer', 'declined', 'nobody_on_call', 'abandoned']

/** The most urgent first. `nowMs`: Unix ms at the server. */
export function openTasks(brief: Brief, nowMs: number): OpenTask[] {
  const { requester, specialist } = brief
  if (brief.opened_at === 0) return mayCallAgain(brief, nowMs) ? [{ task: 'call_again', who: requester.account }] : []
  const found: OpenTask[] = []
  if (specialist && brief.critical && !brief.critical_told) {
    found.push({ task: 'tell_critical', who: specialist.account })
  }
  if (specialist && brief.opinions === 0) found.push({ task: 'write_opinion', who: specialist.account })
  if (brief.acknowledged < brief.opinions) found.push({ task: 'acknowledge', who: requester.account })
  return found
}

export function myTasks(brief: Brief, me: AccountId, nowMs: number): Task[] {
  return openTasks(brief, nowMs).flatMap(({ task, who }) => (who === me ? [task] : []))
}

export function othersTasks(brief: Brief, me: AccountId, nowMs: number): Task[] {
  return openTasks(brief, nowMs).flatMap(({ task, who }) => (who === me ? [] : [task]))
}

function mayCallAgain(brief: Brief, nowMs: number): boolean {
  return (
    brief.status === 'closed' && UNANSWERED.includes(brief.close_reason) && brief.closed_at >= nowMs - CALL_AGAIN_MS
  )
}
