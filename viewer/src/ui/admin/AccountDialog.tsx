// An account, new or to be changed.
import { useState } from 'preact/hooks'

import { t } from '../../i18n'
import * as admin from '../../session/admin'
import type { AccountRow, Institution, Made } from '../../session/admin'
import { MAX_LENGTH, ROLE_VALUES } from '../../session/wire.gen'
import type { InstitutionId, Role } from '../../session/wire.gen'
import { Dialog } from '../kit/Dialog'
import { Strip } from '../kit/Strip'
import { Field, FormButtons, LoadState, useFirstFocus, useLoaded, useSending } from './parts'

const PASSWORD_LEAST = 8

interface Draft {
  user: string
  name: string
  role: Role
  institution: string
  department: string
  password: string
}

type Problems = Partial<Record<keyof Draft, string>>

interface DialogProps {
  account?: AccountRow
  onClose: () => void
  onMade: (made: Made) => void
}

export function AccountDialog({ account, onClose, onMade }: DialogProps) {
  const houses = useLoaded(admin.institutions, [])
  const title = account ? t('admin.accounts.change', { name: account.name }) : t('admin.accounts.add')
  return (
    <Dialog title={title} onClose={onClose}>
      <LoadState loaded={houses} />
      {houses.data && <Form account={account} houses={houses.data} onClose={onClose} onMade={onMade} />}
    </Dialog>
  )
}

/** What is wrong with a draft, in words at the field. */
export function problemsOf(draft: Draft, fresh: boolean): Problems {
  const found: Problems = {}
  if (!draft.name.trim()) found.name = t('admin.problem.name_missing')
  if (!fresh) return found
  if (!/^[^\s:/@\\]{1,64}$/.test(draft.user.trim())) found.user = t('admin.problem.user_missing')
  if (draft.password && draft.password.length < PASSWORD_LEAST) found.password = t('admin.problem.password_short')
  return found
}

function firstDraft(account: AccountRow | undefined, houses: readonly Institution[]): Draft {
  const house = houses.find((one) => one.id === account?.institution) ?? houses[0]
  const place = { institution: house?.id ?? '', department: '', password: '' }
  if (!account) return { user: '', name: '', role: 'village_doctor', ...place }
  const field = house?.departments.find((one) => one.name === account.department)
  const { user, name, role } = account
  return { user, name, role, ...place, department: field?.id ?? '' }
}

function Form({ account, houses, onClose, onMade }: DialogProps & { houses: readonly Institution[] }) {
  useFirstFocus()
  const [draft, setDraft] = useState<Draft>(() => firstDraft(account, houses))
  const [problems, setProblems] = useState<Problems>({})
  const put = (changes: Partial<Draft>): void => setDraft((before) => ({ ...before, ...changes }))
  const sending = useSending(async () => {
    const wrong = problemsOf(draft, !account)
    setProblems(wrong)
    if (Object.keys(wrong).length > 0) return
    const form = {
      name: draft.name.trim(),
      role: draft.role,
      institution: draft.institution as InstitutionId,
      department: draft.department || null,
    }
    onMade(
      account
        ? { account: await admin.changeAccount(account.id, form), password: null }
        : await admin.addAccount({ ...form, user: draft.user.trim(), password: draft.password || null }),
    )
  })
  return (
    <form class="form" onSubmit={sending.submit} noValidate>
      {!account && <UserField draft={draft} put={put} problem={problems.user} />}
      <Field words={t('admin.accounts.name')} problem={problems.name}>
        {(attributes) => (
          <input
            {...attributes}
            data-first={account ? '' : undefined}
            maxLength={MAX_LENGTH.Name}
            autoComplete="off"
            value={draft.name}
            onInput={(event) => put({ name: event.currentTarget.value })}
          />
        )}
      </Field>
      <Place draft={draft} put={put} houses={houses} help={account ? t('admin.accounts.role_help') : undefined} />
      {!account && <PasswordField draft={draft} put={put} problem={problems.password} />}
      {sending.problem && <Strip tone="bad" words={sending.problem} />}
      <FormButtons busy={sending.busy} words={t('admin.save')} onCancel={onClose} />
    </form>
  )
}

interface PartProps {
  draft: Draft
  put: (changes: Partial<Draft>) => void
  problem?: string
}

function UserField({ draft, put, problem }: PartProps) {
  return (
    <Field words={t('admin.accounts.user')} problem={problem}>
      {(attributes) => (
        <input
          {...attributes}
          data-first
          maxLength={64}
          autoComplete="off"
          autoCapitalize="none"
          value={draft.user}
          onInput={(event) => put({ user: event.currentTarget.value })}
        />
      )}
    </Field>
  )
}

function PasswordField({ draft, put, problem }: PartProps) {
  return (
    <Field words={t('admin.accounts.password')} help={t('admin.accounts.password_help')} problem={problem}>
      {(attributes) => (
        <input
          {...attributes}
          autoComplete="new-password"
          maxLength={256}
          value={draft.password}
          onInput={(event) => put({ password: event.currentTarget.value })}
        />
      )}
    </Field>
  )
}

function Place({ draft, put, houses, help }: PartProps & { houses: readonly Institution[]; help?: string }) {
  const departments = houses.find((one) => one.id === draft.institution)?.departments ?? []
  return (
    <>
      <Field words={t('admin.accounts.role')} help={help}>
        {(attributes) => (
          <select
            {...attributes}
            value={draft.role}
            onChange={(event) => put({ role: event.currentTarget.value as Role })}
          >
            {ROLE_VALUES.map((role) => (
              <option key={role} value={role}>
                {t(`role.${role}`)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field words={t('admin.accounts.institution')}>
        {(attributes) => (
          <select
            {...attributes}
            value={draft.institution}
            onChange={(event) => put({ institution: event.currentTarget.value, department: '' })}
          >
            {houses.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field words={t('admin.accounts.department')}>
        {(attributes) => (
          <select
            {...attributes}
            value={draft.department}
            onChange={(event) => put({ department: event.currentTarget.value })}
          >
            <option value="">{t('admin.accounts.no_department')}</option>
            {departments.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        )}
      </Field>
    </>
  )
}
