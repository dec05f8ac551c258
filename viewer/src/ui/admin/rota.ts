// Weeks, days, shifts and the gaps between them: by the calendar of whoever plans, so that a week with a change of the
// clocks is planned right. Times are Unix ms.
import type { Shift, Times } from '../../session/admin'

export interface Gap {
  kind: 'gap'
  begin: number
  end: number
}

export interface Duty {
  kind: 'duty'
  begin: number
  end: number
  shift: Shift
}

const DAYS = 7

/** Monday 00:00 of the week that `at` is in. */
export function weekOf(at: number): number {
  const day = new Date(at)
  const sinceMonday = (day.getDay() + 6) % DAYS
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() - sinceMonday).getTime()
}

/** The same hour, so many days later. */
export function daysLater(at: number, days: number): number {
  const day = new Date(at)
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, day.getHours(), day.getMinutes()).getTime()
}

/** The eight midnights of a week: seven days and where the last one ends. */
export function midnights(monday: number): number[] {
  return Array.from({ length: DAYS + 1 }, (_, index) => daysLater(monday, index))
}

/** What a day holds, by time: who is on duty, and when nobody is. */
export function ofDay(shifts: readonly Shift[], begin: number, end: number): (Duty | Gap)[] {
  const duties = shifts
    .filter((shift) => shift.starts_ms < end && shift.ends_ms > begin)
    .sort((a, b) => a.starts_ms - b.starts_ms)
    .map((shift): Duty => ({
      kind: 'duty',
      begin: Math.max(begin, shift.starts_ms),
      end: Math.min(end, shift.ends_ms),
      shift,
    }))
  const found: (Duty | Gap)[] = []
  let covered = begin
  for (const duty of duties) {
    if (duty.begin > covered) found.push({ kind: 'gap', begin: covered, end: duty.begin })
    found.push(duty)
    covered = Math.max(covered, duty.end)
  }
  if (covered < end) found.push({ kind: 'gap', begin: covered, end })
  return found
}

/** How long nobody is on duty, ms. */
export function uncovered(shifts: readonly Shift[], begin: number, end: number): number {
  return ofDay(shifts, begin, end).reduce((sum, one) => sum + (one.kind === 'gap' ? one.end - one.begin : 0), 0)
}

/** The same hours of so many weeks. */
export function repeated({ starts_ms, ends_ms }: Times, weeks: number): Times[] {
  return Array.from({ length: weeks }, (_, week) => ({
    starts_ms: daysLater(starts_ms, week * DAYS),
    ends_ms: daysLater(ends_ms, week * DAYS),
  }))
}

/** What `<input type="datetime-local">` reads and writes. */
export function toField(at: number): string {
  const day = new Date(at)
  const two = (n: number): string => String(n).padStart(2, '0')
  const date = `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`
  return `${date}T${two(day.getHours())}:${two(day.getMinutes())}`
}

/** NaN for what is no time. */
export function fromField(text: string): number {
  return new Date(text).getTime()
}
