// What is drawn on a live picture at one moment: marks of the log, my own under way, everybody's pointers. Pure but for the
// words and colours of the page.
import { t } from '../i18n'
import { colourOf } from '../marks/colours'
import type { DrawnMark, DrawnPointer } from '../marks/draw'
import * as store from '../session/store'
import { personOf } from '../session/view'
import type { View } from '../session/view'
import type { Mark, ParticipantId, TrackId } from '../session/wire.gen'
import type { Scene } from './painter'
import { FRACTION } from './place'
import { cross, draft, pending } from './state'
import type { Drawing } from './telestration'

export function sceneOf(view: View, track: TrackId, drawings: readonly Drawing[]): Scene | null {
  const marks = [...drawings.map((one) => drawn(view, one)), ...ownMarks(view, track)]
  const pointers = pointersOn(view, track)
  return marks.length > 0 || pointers.length > 0 ? { marks, pointers } : null
}

function drawn(view: View, { state, alpha, anchor }: Drawing): DrawnMark {
  const flagged = anchor !== 'exact'
  const said = [wordsOf(state.mark), nameOf(view, state.participant), flagged ? t('live.lost') : '']
  return {
    mark: state.mark,
    colour: colourOf(state.participant),
    words: said.filter(Boolean).join(' · '),
    alpha,
    flagged,
  }
}

/** Under my hand, and on its way to the server: as I drew it, at once. */
function ownMarks(view: View, track: TrackId): DrawnMark[] {
  const heard = new Set(view.state.looking.marks.map((one) => `${one.participant} ${one.mark.key}`))
  const mine = pending.value.filter((one) => one.frame?.track === track && !heard.has(`${view.me} ${one.key}`))
  const line = draft.value?.frame.track === track ? draft.value : null
  const marks = [...mine.map((mark) => ({ mark, words: wordsOf(mark) })), ...(line ? [{ mark: line, words: '' }] : [])]
  return marks.map((one) => ({ ...one, colour: colourOf(view.me), alpha: 1 }))
}

function pointersOn(view: View, track: TrackId): DrawnPointer[] {
  const all: DrawnPointer[] = []
  for (const [who, at] of store.pointing.value) {
    if (at.track === track) all.push({ at, colour: colourOf(who), name: nameOf(view, who) })
  }
  const { x, y } = cross.value ?? { x: -1, y: -1 }
  const mine = { at: { x: x / FRACTION, y: y / FRACTION }, colour: colourOf(view.me), name: nameOf(view, view.me) }
  return cross.value ? [...all, mine] : all
}

function nameOf(view: View, participant: ParticipantId): string {
  return personOf(view.state, participant)?.name ?? ''
}

export function wordsOf({ text, measure }: Mark): string {
  if (!measure) return text
  return measure.unit === 'px' ? t('live.measure_px', { value: (measure.value / 1000).toFixed(0) }) : text
}
