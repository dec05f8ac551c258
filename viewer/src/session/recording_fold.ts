// The fold of recording: the twin of signalling/recording_fold.py; tests/golden/fold_recording.json holds them together.
import { GAPS_KEPT } from './wire.gen'
import type { Gap, LogEvent, Recording } from './wire.gen'

export const EMPTY_RECORDING: Recording = { status: 'off', since_t: -1, consent: null, trouble: null, gaps: [] }

const UNCOUNTED = { to_t: -1, packets: 0 }

export function foldRecording(s: Recording, event: LogEvent): Recording {
  const { body, t } = event
  switch (body.type) {
    case 'consent_taken': {
      const { participant, consent, at } = body
      return { ...s, consent: { participant, t, at, consent } }
    }
    case 'consent_ended':
      return { ...s, consent: null }
    case 'recording_started':
    case 'recording_resumed':
      return { ...s, status: 'on', since_t: t, gaps: endPause(s.gaps, t) }
    case 'recording_paused': {
      const gap = { ...UNCOUNTED, reason: body.reason, from_t: t }
      return { ...s, status: 'paused', since_t: t, gaps: withGap(endPause(s.gaps, t), gap) }
    }
    case 'recording_stopped':
      return { ...s, status: 'off', since_t: t, trouble: null, gaps: endPause(s.gaps, t) }
    case 'recording_troubled':
      return { ...s, trouble: body.reason, gaps: withGap(s.gaps, { ...UNCOUNTED, reason: body.reason, from_t: t }) }
    case 'recording_missed': {
      const { reason, from_t, to_t, packets } = body
      const missed = { reason, from_t, to_t, packets }
      return { ...s, trouble: null, gaps: withGap(withoutGuess(s.gaps, missed), missed) }
    }
    default:
      return s
  }
}

function endPause(gaps: readonly Gap[], t: number): Gap[] {
  return gaps.map((gap) => (gap.to_t < 0 ? { ...gap, to_t: t } : gap))
}

/** What a trouble was thought to miss, before it was counted, goes. */
function withoutGuess(gaps: readonly Gap[], missed: Gap): Gap[] {
  const stays = (gap: Gap): boolean => gap.to_t >= 0 && gap.to_t <= missed.from_t
  return gaps.filter((gap) => gap.packets > 0 || gap.reason !== missed.reason || stays(gap))
}

function withGap(gaps: readonly Gap[], gap: Gap): Gap[] {
  return [...gaps, gap].slice(-GAPS_KEPT)
}
