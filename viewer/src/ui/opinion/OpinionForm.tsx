// The specialist's form: findings, impression, advice, critical value. Saves itself; signing shows what is signed.
import { CloudOff, PenLine, Save } from 'lucide'
import { useState } from 'preact/hooks'

import { EMPTY, change, isEmpty, opinionOf, writing } from '../../app/opinion'
import type { Writing } from '../../app/opinion'
import { t } from '../../i18n'
import { MAX_LENGTH } from '../../session/wire.gen'
import type { Opinion } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Icon } from '../kit/Icon'
import { clockTime } from '../words'
import type { Case } from './case'
import { CriticalFields } from './CriticalFields'
import { SignDialog } from './SignDialog'

const PARTS = ['findings', 'impression', 'advice'] as const

export function OpinionForm({ of, onSigned }: { of: Case; onSigned?: () => void }) {
  const [signing, setSigning] = useState<Opinion | null>(null)
  const [problem, setProblem] = useState('')
  const now = writing.value
  if (!now) return null
  const { draft } = now
  const press = (): void => {
    const opinion = opinionOf(draft)
    if (isEmpty(opinion)) return setProblem(t('opinion.empty'))
    setProblem('')
    setSigning(opinion)
  }
  const onSubmit = (event: Event): void => {
    event.preventDefault()
    press()
  }
  return (
    <form class="opinion-form no-print" onSubmit={onSubmit} noValidate aria-label={t('opinion.form')}>
      <h3>{draft.amends ? t('opinion.addendum') : t('opinion.write')}</h3>
      {PARTS.map((part) => (
        <label key={part} class="field">
          <span>{t(`opinion.${part}`)}</span>
          <textarea
            rows={3}
            maxLength={MAX_LENGTH.OpinionText}
            placeholder={t(`opinion.${part}_hint`)}
            value={draft[part]}
            onInput={(event) => change({ [part]: event.currentTarget.value })}
          />
        </label>
      ))}
      <CriticalFields draft={draft} requester={of.requester} />
      {problem && (
        <p class="field-problem" role="alert">
          {problem}
        </p>
      )}
      <div class="form-end">
        <Button tone="primary" size="large" type="submit" icon={PenLine}>
          {t('opinion.sign')}
        </Button>
        {draft.amends > 0 && (
          <Button tone="plain" onPress={() => change(EMPTY)}>
            {t('opinion.discard')}
          </Button>
        )}
        <SavedMark of={now} />
      </div>
      {signing && (
        <SignDialog of={of} opinion={signing} onClose={() => setSigning(null)} onSigned={() => onSigned?.()} />
      )}
    </form>
  )
}

function SavedMark({ of: { saved, savedAt } }: { of: Writing }) {
  const words = {
    loading: t('loading.title'),
    unchanged: t('opinion.saves_itself'),
    saving: t('opinion.saving'),
    saved: t('opinion.saved', { time: clockTime(savedAt) }),
    failed: t('opinion.not_saved'),
  }[saved]
  return (
    <p class={saved === 'failed' ? 'saved-mark amber-text' : 'saved-mark quiet'} role="status">
      <Icon of={saved === 'failed' ? CloudOff : Save} size={16} />
      {words}
    </p>
  )
}
