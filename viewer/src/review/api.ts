// The quality review over HTTP (sefaw_rtc/web/api_reviews.py, api_review_results.py).
import { ask } from '../session/http'
import * as store from '../session/store'
import type { Language } from '../i18n'
import type { ConsultationId, FrameKey, Opinion, Person, Sex, Urgency } from '../session/wire.gen'

export type Words = Record<Language, string>

export interface FormRef {
  id: string
  version: number
  digest: string
}

export interface Option {
  value: string
  words: Words
  /** Choosing it asks for the moment that it was seen in. */
  moment: boolean
}

interface AnyItem {
  id: string
  words: Words
  required: boolean
}

export interface Choice extends AnyItem {
  type: 'choice'
  options: readonly Option[]
  ordered: boolean
  tolerance: number
}

export interface NumberItem extends AnyItem {
  type: 'number'
  lowest: number
  highest: number
  tolerance: number
}

export interface TextItem extends AnyItem {
  type: 'text'
  most: number
}

export type Item = Choice | NumberItem | TextItem

export interface Form {
  id: string
  version: number
  title: Words
  source: Words
  items: readonly Item[]
}

/** Session µs. */
export type Moment =
  | { type: 'stretch'; from_t: number; to_t: number }
  | { type: 'frame'; frame: FrameKey }
  | { type: 'picture'; instance: string; frame: number | null }

export type Value = string | number

export interface Answer {
  item: string
  value: Value
  moments: readonly Moment[]
}

export interface Note {
  t: number
  text: string
}

export interface Filled {
  answers: readonly Answer[]
  notes: readonly Note[]
}

export interface OwnNote extends Note {
  number: number
  /** Unix ms */
  at: number
  frame: FrameKey | null
}

export type Standing = 'open' | 'draft' | 'waiting' | 'to_decide' | 'done' | 'closed'
export type SampleReason = 'critical' | 'new_doctor' | 'random'

export interface WorkRow {
  consultation: ConsultationId
  case: number
  form: FormRef
  title: Words
  double: boolean
  reason: SampleReason | null
  standing: Standing
  /** Unix ms */
  requested_at: number
  department: string
  urgency: Urgency
  critical: boolean
}

/** `mine` 0: another reviewer's. `submitted_at` -1: a draft. */
export interface Review {
  mine: number
  amends: number
  filled: Filled
  submitted_at: number
}

export interface Difference {
  item: string
  first: Value | null
  second: Value | null
}

export interface Case {
  number: number
  ref: FormRef
  form: Form | null
  double: boolean
  reason: SampleReason | null
  standing: Standing
  names: boolean
  reviews: readonly Review[]
  differences: readonly Difference[]
  adjudication: { mine: boolean; at: number; answers: readonly Answer[]; why: string } | null
}

export interface About {
  requested_at: number
  length_us: number
  department: string
  urgency: Urgency
  reason: string
  sex: Sex
  birth_year: number
  critical: boolean
  opinions: readonly Opinion[]
  patient: string
  people: readonly Person[]
}

export interface Book {
  consultation: ConsultationId
  about: About
  cases: readonly Case[]
  notes: readonly OwnNote[]
}

export interface Catalogue {
  forms: readonly { form: Form; digest: string }[]
  faults: readonly { file: string; fault: string; place: string }[]
}

export interface ItemResult {
  item: string
  value: Value | null
  moments: readonly Moment[]
  said: readonly string[]
}

export interface ResultRow {
  consultation: ConsultationId
  requested_at: number
  department: string
  form: Form
  result: {
    case: number
    at: number
    double: boolean
    items: readonly ItemResult[]
    notes: readonly Note[]
    why: string
  }
  reviewers: readonly string[]
}

const get = async <T>(path: string): Promise<T> => (await ask('GET', `/api/reviews${path}`)) as T
const change = async <T>(method: string, path: string, body?: object): Promise<T> =>
  (await ask(method, `/api/reviews${path}`, body, store.csrf.value)) as T

export const worklist = (): Promise<WorkRow[]> => get('')
export const book = (consultation: string): Promise<Book> => get(`/${consultation}`)
export const catalogue = (): Promise<Catalogue> => get('/forms')
export const results = (): Promise<ResultRow[]> => get('/results')

export const openCase = (consultation: string, form: Form, double: boolean): Promise<{ number: number }> =>
  change('POST', `/${consultation}/cases`, { form: form.id, version: form.version, double })
export const begin = (consultation: string, number: number, amends = 0): Promise<{ number: number }> =>
  change('POST', `/${consultation}/cases/${number}/reviews`, { amends })
export const save = (consultation: string, number: number, mine: number, filled: Filled): Promise<void> =>
  change('PUT', `/${consultation}/cases/${number}/reviews/${mine}`, filled)
export const submit = (consultation: string, number: number, mine: number, filled: Filled): Promise<void> =>
  change('POST', `/${consultation}/cases/${number}/reviews/${mine}/submission`, filled)
export const adjudicate = (
  consultation: string,
  number: number,
  answers: readonly Answer[],
  why: string,
): Promise<void> => change('POST', `/${consultation}/cases/${number}/adjudication`, { answers, why })
export const takeNote = (consultation: string, t: number, text: string): Promise<OwnNote> =>
  change('POST', `/${consultation}/notes`, { t, text, frame: null })
export const removeNote = (consultation: string, number: number): Promise<void> =>
  change('DELETE', `/${consultation}/notes/${number}`)
