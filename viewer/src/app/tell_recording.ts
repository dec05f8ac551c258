// What becomes of the recording, told to those who do not see it. Beginning and ending have a sound.
import { t } from '../i18n'
import { playRecording } from '../rtc/sounds'
import type { EventBody } from '../session/wire.gen'

const WORDS: Partial<Record<EventBody['type'], string>> = {
  recording_started: 'on',
  recording_paused: 'paused',
  recording_resumed: 'resumed',
  recording_stopped: 'off',
  recording_troubled: 'trouble',
}

/** Null: about something else. */
export function recordingWords(body: EventBody): string | null {
  const word = WORDS[body.type]
  if (!word) return null
  if (word === 'on' || word === 'off') playRecording()
  return t(`tell.recording.${word}`)
}
