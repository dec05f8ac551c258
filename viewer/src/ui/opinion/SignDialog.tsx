// Before signing: exactly what is signed, for whom, by whom; and the password once more.
import { PenLine } from 'lucide'
import { useState } from 'preact/hooks'

import { sign } from '../../app/opinion'
import { announce } from '../../app/tell'
import { t } from '../../i18n'
import * as store from '../../session/store'
import type { Opinion } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { noticeWords, patientId, patientLine } from '../words'
import type { Case } from './case'
import { Critical, Parts } from './Signed'

interface SignDialogProps {
  of: Case
  opinion: Opinion
  onClose: () => void
  onSigned: () => void
}

export function SignDialog({ of, opinion, onClose, onSigned }: SignDialogProps) {
  const [password, setPassword] = useState('')
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const me = store.me.value
  const press = async (): Promise<void> => {
    if (busy) return
    setBusy(true)
    const code = await sign(opinion, password)
    setBusy(false)
    if (code)
      return setProblem(code === 'credentials_wrong' ? t('opinion.password_wrong') : noticeWords(`error.${code}`))
    announce(t('opinion.signed_now'))
    onClose()
    onSigned()
  }
  return (
    <Dialog title={t('opinion.sign_title')} onClose={onClose}>
      <div class="to-sign">
        <p>
          <strong>{patientLine(of.patient)}</strong> <span class="quiet">{patientId(of.patient)}</span>
        </p>
        {opinion.critical && <Critical opinion={opinion} />}
        <Parts opinion={opinion} />
        {me && (
          <p class="quiet small">
            {[me.name, t(`role.${me.role}`), me.department, me.site].filter(Boolean).join(' · ')}
          </p>
        )}
      </div>
      <form
        class="sign-form"
        onSubmit={(event) => {
          event.preventDefault()
          void press()
        }}
      >
        <p class="small">{t('opinion.sign_help')}</p>
        <label class="field">
          <span>{t('opinion.password')}</span>
          <input
            type="password"
            data-first
            autoComplete="current-password"
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </label>
        {problem && (
          <p class="field-problem" role="alert">
            {problem}
          </p>
        )}
        <Button tone="primary" size="large" type="submit" icon={PenLine} busy={busy}>
          {t('opinion.sign_now')}
        </Button>
      </form>
    </Dialog>
  )
}
