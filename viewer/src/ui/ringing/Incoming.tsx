// Somebody rings me: who, where, whose, why, how urgent. Enter answers, Esc declines with the chosen reason.
import { Phone, PhoneOff } from 'lucide'
import { useEffect, useRef, useState } from 'preact/hooks'

import { answer, decline } from '../../app/lobby'
import { t } from '../../i18n'
import { flashTitle, notify } from '../../rtc/attention'
import { startRing } from '../../rtc/sounds'
import { place } from '../../session/people'
import * as store from '../../session/store'
import { DECLINE_REASON_VALUES } from '../../session/wire.gen'
import type { DeclineReason } from '../../session/wire.gen'
import { Avatar } from '../kit/Avatar'
import { Button } from '../kit/Button'
import { useNow } from '../kit/clock'
import { LanguageSwitch } from '../kit/LanguageSwitch'
import { PatientCard } from './PatientCard'

export function Incoming() {
  const [reason, setReason] = useState<DeclineReason>('busy')
  const chosen = useRef(reason)
  chosen.current = reason
  const ringing = store.incoming.value
  useEffect(getAttention, [ringing?.call.consultation])
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') void decline(chosen.current, '')
      // A button that has the focus takes Enter by itself.
      if (event.key === 'Enter' && !(event.target instanceof HTMLButtonElement)) void answer()
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [])
  if (!ringing) return null
  const { requester, patient, reason: question, urgency, timeout_ms, kind, inviter } = ringing.call
  const asked = kind === 'invitation'
  const by = inviter ?? requester
  return (
    <div class="page ringing">
      <div class="corner">
        <LanguageSwitch />
      </div>
      <main class="ring-column">
        <div class="ring-face live">
          <Avatar name={by.name} size="large" />
        </div>
        <h1 id="who-rings">{t(asked ? 'incoming.invited' : 'incoming.title', { name: by.name })}</h1>
        <p class="quiet">{`${t(`role.${by.role}`)} · ${place(by)}`}</p>
        {asked && by.account !== requester.account && (
          <p>{t('incoming.whose', { name: requester.name, site: requester.site })}</p>
        )}
        <PatientCard patient={patient} reason={question} urgency={urgency} />
        <div class="answer-row">
          <Button
            tone="ok"
            size="huge"
            icon={Phone}
            busy={store.busy.value === 'answer'}
            autoFocus
            describedBy="who-rings"
            onPress={() => void answer()}
          >
            {t('incoming.answer')}
          </Button>
          <Button tone="danger" size="huge" icon={PhoneOff} onPress={() => void decline(reason, '')}>
            {t('incoming.decline')}
          </Button>
        </div>
        <DeclineReasons chosen={reason} onChoose={setReason} />
        <p class="quiet small">
          <TimeLeft untilMs={ringing.sinceMs + timeout_ms} />
          <span class="wide-only">{` · ${t('incoming.keys')}`}</span>
        </p>
      </main>
    </div>
  )
}

function DeclineReasons({ chosen, onChoose }: { chosen: DeclineReason; onChoose: (reason: DeclineReason) => void }) {
  return (
    <fieldset class="field decline-reasons">
      <legend>{t('incoming.reason')}</legend>
      <div class="choices">
        {DECLINE_REASON_VALUES.map((value) => (
          <label key={value} class="choice">
            <input
              type="radio"
              name="reason"
              value={value}
              checked={chosen === value}
              onChange={() => onChoose(value)}
            />
            <span>{t(`decline.${value}`)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

function TimeLeft({ untilMs }: { untilMs: number }) {
  const now = useNow()
  return <span>{t('incoming.left', { seconds: Math.max(0, Math.ceil((untilMs - now) / 1000)) })}</span>
}

/** Ring, flash, notify until answered, declined or over. */
function getAttention(): () => void {
  const ends = [startRing(), flashTitle(t('title.incoming')), notify(t('title.notify'), t('title.notify_body'))]
  return () => ends.forEach((end) => end())
}
