// How people, patients, times and durations are written. Uses the page's language, never the machine's.
import { known, language, t } from '../i18n'
import { serverNow } from '../session/clock'
import type { CloseReason, Patient } from '../session/wire.gen'

/** `71 s` is "1:11", an hour and more "1:01:11". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const two = (n: number): string => String(n).padStart(2, '0')
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor(whole / 60) % 60
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}

export function clockTime(unixMs: number): string {
  return new Intl.DateTimeFormat(language.value, { hour: '2-digit', minute: '2-digit', hour12: false }).format(unixMs)
}

/** With the day unless it is today. */
export function dayTime(unixMs: number, nowMs = serverNow()): string {
  if (new Date(unixMs).toDateString() === new Date(nowMs).toDateString()) return clockTime(unixMs)
  const day = new Intl.DateTimeFormat(language.value, { month: 'short', day: 'numeric' }).format(unixMs)
  return `${day} ${clockTime(unixMs)}`
}

/** Day, year and time, always: what is signed is read for years. */
export function stamp(unixMs: number): string {
  const day = new Intl.DateTimeFormat(language.value, { year: 'numeric', month: 'short', day: 'numeric' })
  return `${day.format(unixMs)} ${clockTime(unixMs)}`
}

export function age(birthYear: number, thisYear = new Date(serverNow()).getFullYear()): string {
  return birthYear > 0 ? t('patient.age', { years: thisYear - birthYear }) : t('patient.age_unknown')
}

/** name · sex · age, for lists; the banner adds id and site. */
export function patientLine(patient: Patient): string {
  return [patient.name, t(`sex.${patient.sex}`), age(patient.birth_year)].join(' · ')
}

export function patientId(patient: Patient): string {
  return patient.identifier ? t('patient.id', { id: patient.identifier }) : t('patient.no_id')
}

/** Which of the endings that people tell apart this is. */
export function endingOf(reason: CloseReason | string): string {
  switch (reason) {
    case 'hung_up':
    case 'consultation_closed': // ended while this page was away
      return 'done'
    case 'ended_by_administrator':
      return 'administrator'
    case 'left_by_me':
    case 'left':
      return 'left'
    case 'nobody_on_call':
    case 'no_answer':
    case 'declined':
    case 'abandoned':
      return reason
    default:
      return 'broken'
  }
}

/** Words for a notice; an unknown kind gets the general ones, never a bare key. */
export function noticeWords(kind: string, values?: Record<string, string | number>): string {
  return known(kind) ? t(kind, values) : t('error.internal')
}
