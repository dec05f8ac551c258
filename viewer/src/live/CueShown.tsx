// The cue, for whoever holds the probe: large, in words and as a sign, spoken; gone after a few seconds.
import { signal } from '@preact/signals'
import { Volume2, VolumeX, X } from 'lucide'
import { useEffect, useState } from 'preact/hooks'

import { language, t } from '../i18n'
import { personOf } from '../session/view'
import type { View } from '../session/view'
import { Icon } from '../ui/kit/Icon'
import { CUE_ICONS, Pace, SHOWN_MS } from './cues'

const KEPT_KEY = 'sefaw.cues_spoken'
const spoken = signal(globalThis.localStorage?.getItem(KEPT_KEY) !== 'off')
const pace = new Pace()
let next: ReturnType<typeof setTimeout> | undefined

export function CueShown({ view }: { view: View }) {
  const cue = view.state.looking.cue
  const [gone, setGone] = useState(-1)
  const age = cue ? performance.now() - view.zeroMs - cue.t / 1000 : Infinity
  const fresh = cue !== null && cue.t !== gone && age < SHOWN_MS
  useEffect(() => {
    if (!cue || !fresh) return
    say(t(`live.cue.${cue.cue}`))
    const timer = setTimeout(() => setGone(cue.t), SHOWN_MS - age)
    return () => clearTimeout(timer)
  }, [cue?.t])
  // The region is there before its words: what appears together with them is not always read out.
  return (
    <div class="cue-place" role="status" aria-live="assertive">
      {cue && fresh && (
        <div class="cue">
          <Icon of={CUE_ICONS[cue.cue]} size={72} />
          <p>
            <small>{t('live.cue_from', { name: personOf(view.state, cue.participant)?.name ?? '' })}</small>
            <strong>{t(`live.cue.${cue.cue}`)}</strong>
          </p>
          <SpeakSwitch />
          <button
            type="button"
            class="button plain only-icon"
            aria-label={t('live.cue_close')}
            title={t('live.cue_close')}
            onClick={() => setGone(cue.t)}
          >
            <Icon of={X} />
          </button>
        </div>
      )}
    </div>
  )
}

function SpeakSwitch() {
  const words = t(spoken.value ? 'live.speak_off' : 'live.speak_on')
  return (
    <button type="button" class="button plain only-icon" aria-label={words} title={words} onClick={switchSpeech}>
      <Icon of={spoken.value ? Volume2 : VolumeX} />
    </button>
  )
}

function switchSpeech(): void {
  spoken.value = !spoken.value
  localStorage.setItem(KEPT_KEY, spoken.value ? 'on' : 'off')
  if (!spoken.value) globalThis.speechSynthesis?.cancel()
}

/** Aloud, in the language of this page, where the browser has a voice. */
function say(words: string): void {
  const voice = globalThis.speechSynthesis
  if (!voice || !spoken.value) return
  clearTimeout(next)
  next = setTimeout(() => {
    pace.spoke(performance.now())
    const sentence = new SpeechSynthesisUtterance(words)
    sentence.lang = language.value
    voice.cancel()
    voice.speak(sentence)
  }, pace.wait(performance.now()))
}
