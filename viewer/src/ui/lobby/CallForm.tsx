// For whom, why, how urgent; and the one big button. What is preset makes a single press a valid call.
import { PhoneCall } from 'lucide'
import { useState } from 'preact/hooks'

import { call, patientsKnown } from '../../app/lobby'
import { t } from '../../i18n'
import * as store from '../../session/store'
import { MAX_LENGTH, URGENCY_VALUES } from '../../session/wire.gen'
import type { Urgency } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { patientLine } from '../words'
import { chosenDepartment, Departments, nobodyNotice, NobodyThere } from './Departments'
import { EMPTY_DRAFT, patientOf, preset } from './draft'
import type { Draft } from './draft'
import { PatientPicker } from './PatientPicker'

export function CallForm() {
  const [typed, setDraft] = useState<Draft>(EMPTY_DRAFT)
  const [reason, setReason] = useState('')
  const [urgency, setUrgency] = useState<Urgency>('routine')
  const [problem, setProblem] = useState('')
  const listed = store.demoPatients.value
  const draft = preset(typed, listed)
  const found = patientOf(draft, listed)
  const busy = store.busy.value === 'call'
  const press = async (): Promise<void> => {
    await patientsKnown() // a press in the first moment counts too
    const list = store.demoPatients.value
    const chosen = patientOf(preset(typed, list), list)
    if ('problem' in chosen) return setProblem(chosen.problem)
    setProblem('')
    const department = chosenDepartment(store.lobby.value)
    const wish = { patient: chosen.patient, reason: reason.trim() || t('lobby.reason_default'), urgency, department }
    await call(wish, () => nobodyNotice(department))
  }
  const onSubmit = (event: Event): void => {
    event.preventDefault()
    void press()
  }
  return (
    <form class="card call-form" onSubmit={onSubmit} noValidate>
      <Button tone="primary" size="huge" type="submit" icon={PhoneCall} busy={busy} describedBy="call-for">
        {t('lobby.call')}
      </Button>
      <p id="call-for" class="call-for quiet" aria-live="polite">
        {busy ? t('lobby.calling') : 'patient' in found ? t('lobby.for', { patient: patientLine(found.patient) }) : ''}
      </p>
      <NobodyThere />
      <Departments />
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
      <UrgencyChips chosen={urgency} onChoose={setUrgency} />
    </form>
  )
}

function UrgencyChips({ chosen, onChoose }: { chosen: Urgency; onChoose: (value: Urgency) => void }) {
  return (
    <fieldset class="field">
      <legend>{t('lobby.urgency')}</legend>
      <div class="choices">
        {URGENCY_VALUES.map((value) => (
          <label key={value} class={`choice ${value}`}>
            <input
              type="radio"
              name="urgency"
              value={value}
              checked={chosen === value}
              onChange={() => onChoose(value)}
            />
            <span>{t(`urgency.${value}`)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
