// Pause with a reason, go on, or take the consent back: that asks once more.
import { CirclePause, CirclePlay, CircleStop } from 'lucide'
import { useState } from 'preact/hooks'

import { pauseRecording, resumeRecording, withdrawConsent } from '../../app/recording'
import { maySpeak } from '../../app/roles'
import { t } from '../../i18n'
import type { GapReason, Person, Recording } from '../../session/wire.gen'
import { Button } from '../kit/Button'

const REASONS: readonly GapReason[] = ['private', 'asked', 'other']

interface Props {
  recording: Recording
  person: Person
  bedside: boolean
}

export function Controls({ recording, person, bedside }: Props) {
  const mayEnd = bedside || person.role === 'patient'
  return (
    <div class="recording-controls">
      {maySpeak(person.role) && recording.status === 'on' && <Pause />}
      {maySpeak(person.role) && recording.status === 'paused' && (
        <Button icon={CirclePlay} tone="primary" size="large" onPress={() => void resumeRecording()}>
          {t('recording.resume')}
        </Button>
      )}
      {mayEnd && <Withdraw />}
    </div>
  )
}

function Pause() {
  return (
    <fieldset class="field">
      <legend>{t('recording.pause')}</legend>
      <div class="recording-reasons">
        {REASONS.map((reason) => (
          <Button key={reason} icon={CirclePause} onPress={() => void pauseRecording(reason)}>
            {t(`recording.gap.${reason}`)}
          </Button>
        ))}
      </div>
    </fieldset>
  )
}

function Withdraw() {
  const [asked, setAsked] = useState(false)
  if (!asked) {
    return (
      <Button icon={CircleStop} tone="plain" onPress={() => setAsked(true)}>
        {t('recording.withdraw')}
      </Button>
    )
  }
  return (
    <div class="recording-withdraw" role="group" aria-label={t('recording.withdraw')}>
      <p>{t('recording.withdraw_means')}</p>
      <div class="recording-reasons">
        <Button onPress={() => setAsked(false)}>{t('recording.keep')}</Button>
        <Button icon={CircleStop} tone="danger" autoFocus onPress={() => void withdrawConsent()}>
          {t('recording.withdraw')}
        </Button>
      </div>
    </div>
  )
}
