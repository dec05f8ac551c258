// Whom the call is about: from the list, or typed.
import { t } from '../../i18n'
import { MAX_LENGTH, SEX_VALUES } from '../../session/wire.gen'
import type { Patient, Sex } from '../../session/wire.gen'
import { patientLine } from '../words'
import type { Draft } from './draft'

interface PatientPickerProps {
  draft: Draft
  listed: readonly Patient[]
  problem: string
  onChange: (draft: Draft) => void
}

export function PatientPicker({ draft, listed, problem, onChange }: PatientPickerProps) {
  const typed = draft.chosen < 0
  return (
    <>
      {listed.length > 0 && (
        <label class="field">
          <span>{t('patient.label')}</span>
          <select
            value={String(draft.chosen)}
            onChange={(event) => onChange({ ...draft, chosen: Number(event.currentTarget.value) })}
          >
            {listed.map((patient, index) => (
              <option key={index} value={String(index)}>
                {patientLine(patient)}
              </option>
            ))}
            <option value="-1">{t('patient.typed')}</option>
          </select>
        </label>
      )}
      {typed && <TypedPatient draft={draft} onChange={onChange} />}
      {typed && problem && (
        <p class="field-problem" role="alert">
          {problem}
        </p>
      )}
    </>
  )
}

function TypedPatient({ draft, onChange }: Pick<PatientPickerProps, 'draft' | 'onChange'>) {
  const put = (changes: Partial<Draft>): void => onChange({ ...draft, ...changes })
  return (
    <div class="typed-patient">
      <label class="field">
        <span>{t('patient.name')}</span>
        <input
          maxLength={MAX_LENGTH.Name}
          autocomplete="off"
          value={draft.name}
          onInput={(event) => put({ name: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        <span>{t('patient.sex')}</span>
        <select value={draft.sex} onChange={(event) => put({ sex: event.currentTarget.value as Sex })}>
          {SEX_VALUES.map((sex) => (
            <option key={sex} value={sex}>
              {t(`sex.${sex}`)}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{t('patient.birth_year')}</span>
        <input
          inputMode="numeric"
          maxLength={4}
          autocomplete="off"
          value={draft.year}
          onInput={(event) => put({ year: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        <span>{t('patient.identifier')}</span>
        <input
          maxLength={64}
          autocomplete="off"
          value={draft.identifier}
          onInput={(event) => put({ identifier: event.currentTarget.value })}
        />
      </label>
    </div>
  )
}
