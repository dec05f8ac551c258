// A form as it is filled: what is missing, how an answer and its moments change. Pure; the server decides in the end
// (recordings/review/filling.py), this only says it at the right question at once.
import type { FrameKey } from '../session/wire.gen'
import type { Answer, Filled, Form, Item, Moment, OwnNote, Value } from './api'
import type { PictureSeen } from './replayUrl'

export type Wrong = 'missing' | 'not_allowed' | 'no_moment'

export const EMPTY: Filled = { answers: [], notes: [] }

export const answerOf = (filled: Filled, item: string): Answer | undefined =>
  filled.answers.find((answer) => answer.item === item)

/** With this value; null takes the answer and its moments away. */
export function answered(filled: Filled, item: string, value: Value | null): Filled {
  const others = filled.answers.filter((answer) => answer.item !== item)
  if (value === null) return { ...filled, answers: others }
  const moments = answerOf(filled, item)?.moments ?? []
  return { ...filled, answers: [...others, { item, value, moments }] }
}

export function withMoments(filled: Filled, item: string, added: readonly Moment[]): Filled {
  return {
    ...filled,
    answers: filled.answers.map((answer) =>
      answer.item === item ? { ...answer, moments: joined(answer.moments, added) } : answer,
    ),
  }
}

export function withoutMoment(filled: Filled, item: string, at: number): Filled {
  return {
    ...filled,
    answers: filled.answers.map((answer) =>
      answer.item === item ? { ...answer, moments: answer.moments.filter((_, index) => index !== at) } : answer,
    ),
  }
}

const MOST_MOMENTS = 20

function joined(known: readonly Moment[], added: readonly Moment[]): Moment[] {
  const fresh = added.filter((one) => !known.some((other) => JSON.stringify(other) === JSON.stringify(one)))
  return [...known, ...fresh].slice(0, MOST_MOMENTS)
}

export function wantsMoment(item: Item, value: Value | undefined): boolean {
  return item.type === 'choice' && item.options.some((option) => option.value === value && option.moment)
}

/** By item. */
export function problems(form: Form, filled: Filled): Map<string, Wrong> {
  const found = new Map<string, Wrong>()
  for (const item of form.items) {
    const answer = answerOf(filled, item.id)
    if (!answer) {
      if (item.required) found.set(item.id, 'missing')
    } else if (!allowed(item, answer.value)) found.set(item.id, 'not_allowed')
    else if (wantsMoment(item, answer.value) && answer.moments.length === 0) found.set(item.id, 'no_moment')
  }
  return found
}

function allowed(item: Item, value: Value): boolean {
  switch (item.type) {
    case 'choice':
      return item.options.some((option) => option.value === value)
    case 'number':
      return typeof value === 'number' && Number.isInteger(value) && value >= item.lowest && value <= item.highest
    case 'text':
      return typeof value === 'string' && value.length <= item.most && !(item.required && !value.trim())
  }
}

export interface Seen {
  /** µs of the session */
  readonly t: number
  readonly picture: PictureSeen | null
  readonly frame: FrameKey | null
}

/** What a note says of a moment: its time, and the frame that was looked at. */
export function momentsOf(note: Pick<OwnNote, 't' | 'frame'>): Moment[] {
  const at: Moment = { type: 'stretch', from_t: note.t, to_t: note.t }
  return note.frame ? [at, { type: 'frame', frame: note.frame }] : [at]
}

/** Where a replay stands: the time, and the shared picture or the frame of a live one that is looked at. */
export function momentsSeen({ t, picture, frame }: Seen): Moment[] {
  if (!picture) return momentsOf({ t, frame })
  return [...momentsOf({ t, frame: null }), { type: 'picture', ...picture }]
}

/** Session µs of "12", "1:05", "1:02:03"; null if it is no time. */
export function timeOf(typed: string): number | null {
  const parts = typed.trim().replaceAll('：', ':').split(':')
  if (parts.length > 3 || !parts.every((part) => /^\d{1,5}(\.\d{1,3})?$/.test(part))) return null
  const numbers = parts.map(Number)
  if (numbers.slice(1).some((number) => number >= 60)) return null
  return Math.round(numbers.reduce((sum, number) => sum * 60 + number, 0) * 1_000_000)
}
