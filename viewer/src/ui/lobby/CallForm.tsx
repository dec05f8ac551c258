// For whom, why, how urgent; and the one big button. What is preset makes a single press a valid call.
import { PhoneCall } from 'lucide'
import { useEffect, useState } from 'preact/hooks'

import { call } from '../../app/lobby'
import { t } from '../../i18n'
import * as store from '../../session/store'
import { MAX_LENGTH, URGENCY_VALUES } from '../../session/wire.gen'
import type { Urgency } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Strip } from '../kit/Strip'
import { patientLine } from '../words'
import { EMPTY_DRAFT, patientOf } from './draft'
import type { Draft } from './draft'
import { PatientPicker } from './PatientPicker'

export function CallForm() {
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT)
  const [reason, setReason] = useState('')
  const [urgency, setUrgency] = useState<Urgency>('routine')
  const [problem, setProblem] = useState('')
  const listed = store.demoPatients.value
  useEffect(() => {
    if (listed.length > 0) setDraft((was) => (was === EMPTY_DRAFT ? { ...was, chosen: 0 } : was))
  }, [listed])
  const found = patientOf(draft, listed)
  const busy = store.busy.value === 'call'
  const press = (event: Event): void => {
    event.preventDefault()
    if ('problem' in found) return setProblem(found.problem)
    setProblem('')
    void call(found.patient, reason.trim() || t('lobby.reason_default'), urgency)
  }
  return (
    <form class="card call-form" onSubmit={press} noValidate>
      <Button tone="primary" size="huge" type="submit" icon={PhoneCall} busy={busy} describedBy="call-for">
        {t('lobby.call')}
      </Button>
      <p id="call-for" class="call-for quiet" aria-live="polite">
        {busy ? t('lobby.calling') : 'patient' in found ? t('lobby.for', { patient: patientLine(found.patient) }) : ''}
      </p>
      <NobodyOnCall />
      <PatientPicker draft={draft} listed={listed} problem={problem} onChange={setDraft} />
      <label class="field">
        <span>{t('lobby.reason')}</span>
        <textarea
          rows={2}
          maxLength={MAX_LENGTH.Reason}
          placeholder={t('lobby.reason_hint')}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <fieldset class="field">
        <legend>{t('lobby.urgency')}</legend>
        <div class="choices">
          {URGENCY_VALUES.map((value) => (
            <label key={value} class={`choice ${value}`}>
              <input
                type="radio"
                name="urgency"
                value={value}
                checked={urgency === value}
                onChange={() => setUrgency(value)}
              />
              <span>{t(`urgency.${value}`)}</span>
            </label>
          ))}
        </div>
      </fieldset>
    </form>
  )
}

function NobodyOnCall() {
  const lobby = store.lobby.value
  if (!lobby || lobby.on_call.length > 0 || store.notice.value) return null
  return <Strip tone="warn" words={`${t('lobby.nobody')} ${t('lobby.nobody_help')}`} />
}
