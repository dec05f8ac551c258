// Who agrees, how that is shown, for what and until when; then one button. What lacks is said where it lacks.
import { CircleDot } from 'lucide'
import { useState } from 'preact/hooks'

import { giveConsent } from '../../app/recording'
import { t } from '../../i18n'
import { EMPTY_CONSENT, lacking, TERMS } from '../../session/consent'
import type { ConsentDraft, Term } from '../../session/consent'
import { CONSENT_GIVER_VALUES, CONSENT_KIND_VALUES, MAX_LENGTH } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { FormProof } from './FormProof'
import { SpokenProof } from './SpokenProof'

type Change = (changes: Partial<ConsentDraft>) => void

export function ConsentForm({ onDone }: { onDone: () => void }) {
  const [draft, setDraft] = useState(EMPTY_CONSENT)
  const [key] = useState(() => crypto.randomUUID()) // the same on every try: one consent
  const [state, setState] = useState<'writing' | 'asked' | 'sending'>('writing')
  const change: Change = (changes) => setDraft((now) => ({ ...now, ...changes }))
  const lacks = lacking(draft)
  const send = async (): Promise<void> => {
    if (lacks) return setState('asked')
    setState('sending')
    if (await giveConsent(draft, key)) return onDone()
    setState('writing')
  }
  return (
    <form
      class="consent"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <Giver draft={draft} change={change} />
      <How draft={draft} change={change} />
      <Uses draft={draft} change={change} />
      <Until years={draft.years} onChange={(years) => change({ years })} />
      {state === 'asked' && lacks && (
        <p class="field-problem" role="alert">
          {t(`recording.lacks.${lacks}`)}
        </p>
      )}
      <Button type="submit" tone="primary" size="large" icon={CircleDot} busy={state === 'sending'}>
        {t('recording.begin')}
      </Button>
    </form>
  )
}

interface PartProps {
  draft: ConsentDraft
  change: Change
}

function Giver({ draft, change }: PartProps) {
  return (
    <fieldset class="field">
      <legend>{t('recording.who')}</legend>
      <div class="choices">
        {CONSENT_GIVER_VALUES.map((giver) => (
          <label key={giver} class="choice">
            <input
              type="radio"
              name="giver"
              data-first={draft.giver === giver || undefined}
              checked={draft.giver === giver}
              onChange={() => change({ giver })}
            />
            <span>{t(`recording.giver.${giver}`)}</span>
          </label>
        ))}
      </div>
      {draft.giver === 'guardian' && (
        <Name
          words={t('recording.guardian_name')}
          value={draft.giverName}
          onInput={(giverName) => change({ giverName })}
        />
      )}
    </fieldset>
  )
}

function How({ draft, change }: PartProps) {
  return (
    <fieldset class="field">
      <legend>{t('recording.how')}</legend>
      <div class="choices">
        {CONSENT_KIND_VALUES.map((how) => (
          <label key={how} class="choice">
            <input type="radio" name="how" checked={draft.how === how} onChange={() => change({ how, proof: null })} />
            <span>{t(`recording.kind.${how}`)}</span>
          </label>
        ))}
      </div>
      {draft.how === 'spoken' && <SpokenProof onProof={(proof) => change({ proof })} />}
      {draft.how === 'signed' && <FormProof proof={draft.proof} onProof={(proof) => change({ proof })} />}
      {draft.how === 'witnessed' && (
        <Name words={t('recording.witness')} value={draft.witness} onInput={(witness) => change({ witness })} />
      )}
    </fieldset>
  )
}

function Uses({ draft, change }: PartProps) {
  return (
    <fieldset class="field">
      <legend>{t('recording.for')}</legend>
      <label class="check-line">
        <input type="checkbox" checked disabled />
        <span>{t('recording.use.care')}</span>
      </label>
      {(['quality', 'teaching'] as const).map((use) => (
        <label key={use} class="check-line">
          <input
            type="checkbox"
            checked={draft[use]}
            onChange={(event) => change({ [use]: event.currentTarget.checked })}
          />
          <span>{t(`recording.use.${use}`)}</span>
        </label>
      ))}
    </fieldset>
  )
}

function Until({ years, onChange }: { years: Term; onChange: (years: Term) => void }) {
  return (
    <label class="field">
      <span>{t('recording.until')}</span>
      <select value={years} onChange={(event) => onChange(Number(event.currentTarget.value) as Term)}>
        {TERMS.map((term) => (
          <option key={term} value={term}>
            {t(`recording.term.${term}`)}
          </option>
        ))}
      </select>
    </label>
  )
}

function Name({ words, value, onInput }: { words: string; value: string; onInput: (value: string) => void }) {
  return (
    <label class="field">
      <span>{words}</span>
      <input value={value} maxLength={MAX_LENGTH.PersonName} onInput={(event) => onInput(event.currentTarget.value)} />
    </label>
  )
}
