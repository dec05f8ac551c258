// A new password: what it does is said before; one that was made is shown this once.
import { Copy } from 'lucide'
import { useState } from 'preact/hooks'

import { t } from '../../i18n'
import * as admin from '../../session/admin'
import type { AccountRow, Made } from '../../session/admin'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { Strip } from '../kit/Strip'
import { Field, FormButtons, useSending } from './parts'

interface DialogProps {
  account: AccountRow
  onClose: () => void
  onMade: (made: Made) => void
}

export function PasswordDialog({ account, onClose, onMade }: DialogProps) {
  const [password, setPassword] = useState('')
  const [short, setShort] = useState(false)
  const sending = useSending(async () => {
    setShort(password !== '' && password.length < 8)
    if (password !== '' && password.length < 8) return
    onMade(await admin.newPassword(account.id, password || null))
  })
  return (
    <Dialog title={t('admin.accounts.new_password_of', { name: account.name })} onClose={onClose}>
      <form class="form" onSubmit={sending.submit} noValidate>
        <Strip tone="warn" words={t('admin.accounts.new_password_help')} />
        <Field
          words={t('admin.accounts.password')}
          help={t('admin.accounts.password_help')}
          problem={short ? t('admin.problem.password_short') : sending.problem}
        >
          {(attributes) => (
            <input
              {...attributes}
              data-first
              autoComplete="new-password"
              maxLength={256}
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
            />
          )}
        </Field>
        <FormButtons busy={sending.busy} words={t('admin.accounts.new_password')} onCancel={onClose} />
      </form>
    </Dialog>
  )
}

export function ToldOnce({ made, onClose }: { made: Made; onClose: () => void }) {
  const [copied, setCopied] = useState(false)
  const copy = (): void => {
    void navigator.clipboard.writeText(made.password ?? '').then(
      () => setCopied(true),
      () => undefined,
    )
  }
  return (
    <Dialog title={t('admin.accounts.told_once', { user: made.account.user })} onClose={onClose}>
      <p class="told-once" data-password>
        {made.password}
      </p>
      <p>{t('admin.accounts.told_once_help')}</p>
      <div class="form-buttons">
        <Button icon={Copy} onPress={copy}>
          {t(copied ? 'admin.accounts.copied' : 'admin.accounts.copy')}
        </Button>
        <Button tone="primary" autoFocus onPress={onClose}>
          {t('admin.accounts.done')}
        </Button>
      </div>
    </Dialog>
  )
}
