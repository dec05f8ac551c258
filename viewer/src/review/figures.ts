// The dashboard over HTTP, and how its figures are written.
import { language, t } from '../i18n'
import { ask } from '../session/http'
import { duration } from '../ui/words'
import type { FormRef, Words } from './api'

export type Withheld = 'too_few' | 'undefined' | null

export interface Duration {
  n: number
  median_ms: number | null
  p90_ms: number | null
  withheld: Withheld
}

export interface Share {
  n: number
  share: number | null
  withheld: Withheld
}

/** `count` null = withheld. */
export interface Part {
  name: string
  count: number | null
}

export interface Recording {
  n: number
  complete: number | null
  lost: number | null
  missed_s: number | null
  paused_s: number | null
  damaged_s: number | null
  gaps: number | null
  keyframe_gaps: number | null
  withheld: Withheld
}

export interface Estimate {
  value: number | null
  low: number | null
  high: number | null
  withheld: Withheld
}

export interface Agreement {
  pairs: number
  weights: 'identity' | 'linear' | 'quadratic'
  percent: Estimate
  kappa: Estimate
  ac: Estimate
}

export interface ItemScores {
  item: string
  words: Words
  n: number
  parts: readonly Part[]
  agreement: Agreement
  withheld: Withheld
}

export interface FormScores {
  form: FormRef
  title: Words
  cases: number
  double: number
  items: readonly ItemScores[]
}

export interface Figures {
  consultations: number
  to_answer: Duration
  to_media: Duration
  to_opinion: Duration
  completed: Share
  outcomes: readonly Part[]
  not_completed: readonly Part[]
  told_in_time: Share
  recording: Recording
  reviewed: Share
}

export interface Dashboard {
  period: { first: string; last: string }
  department: string
  departments: readonly string[]
  figures: Figures
  concordance: Share
  forms: readonly FormScores[]
  fewest: number
  /** Of the transparency log; and for how many hours now one of them has not vouched for it. */
  witnesses: number
  unwitnessed_h: number
}

/** Days as YYYY-MM-DD, empty = the server's choice: the last ninety. */
export interface Query {
  first: string
  last: string
  department: string
}

function queryOf(query: Query): string {
  const given = Object.entries(query as unknown as Record<string, string>).filter(([, value]) => value)
  return given.length > 0 ? `?${new URLSearchParams(given).toString()}` : ''
}

export const csvPath = (query: Query): string => `/api/reviews/figures.csv${queryOf(query)}`
export const dashboard = async (query: Query): Promise<Dashboard> =>
  (await ask('GET', `/api/reviews/figures${queryOf(query)}`)) as Dashboard

export function percent(share: number, digits = 0): string {
  const style = { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits } as const
  return new Intl.NumberFormat(language.value, style).format(share)
}

/** "0.72"; the sign is a true minus. */
export const coefficient = (value: number): string => value.toFixed(2).replace('-', '−')

/** Below a minute with a decimal, else as a clock shows it. */
export function span(ms: number): string {
  return ms < 60_000 ? t('review.dashboard.seconds', { n: (ms / 1000).toFixed(1) }) : duration(ms / 1000)
}

export function withheldWords(why: Withheld, fewest: number): string {
  return why === 'undefined' ? t('review.dashboard.undefined') : t('review.dashboard.too_few', { n: fewest })
}
