// Who may sign in: searched at the server, a page at a time.
import { KeyRound, Pencil, Plus, UserCheck, UserX } from 'lucide'
import { useEffect, useState } from 'preact/hooks'

import { t } from '../../i18n'
import * as admin from '../../session/admin'
import type { AccountRow, Made } from '../../session/admin'
import * as store from '../../session/store'
import { Button } from '../kit/Button'
import { AccountDialog } from './AccountDialog'
import { LoadState, problemWords, Search, Table, tellDone, useLoaded } from './parts'
import { PasswordDialog, ToldOnce } from './PasswordDialog'

const ROWS = 25
const SEARCH_AFTER_MS = 250

type Open = { kind: 'add' } | { kind: 'change' | 'password'; account: AccountRow } | { kind: 'told'; made: Made }

export function Accounts() {
  const [typed, setTyped] = useState('')
  const [search, setSearch] = useState('')
  const [offset, setOffset] = useState(0)
  const [open, setOpen] = useState<Open | null>(null)
  useEffect(() => {
    const timer = setTimeout(() => {
      setSearch(typed.trim())
      setOffset(0)
    }, SEARCH_AFTER_MS)
    return () => clearTimeout(timer)
  }, [typed])
  const loaded = useLoaded(() => admin.accounts(search, offset, ROWS), [search, offset])
  const close = (next: Open | null = null): void => {
    setOpen(next)
    loaded.reload()
  }
  return (
    <>
      <div class="table-tools">
        <Search value={typed} hint={t('admin.search_hint')} onInput={setTyped} />
        <Button tone="primary" icon={Plus} onPress={() => setOpen({ kind: 'add' })}>
          {t('admin.accounts.add')}
        </Button>
      </div>
      <LoadState loaded={loaded} />
      {loaded.data && <List rows={loaded.data.accounts} onOpen={setOpen} reload={loaded.reload} />}
      {loaded.data && <Pager offset={offset} total={loaded.data.total} onGo={setOffset} />}
      {open && <OpenDialog open={open} onClose={close} />}
    </>
  )
}

function OpenDialog({ open, onClose }: { open: Open; onClose: (next?: Open | null) => void }) {
  const close = (): void => onClose()
  const made = (account: Made): void => onClose(told(account))
  switch (open.kind) {
    case 'add':
      return <AccountDialog onClose={close} onMade={made} />
    case 'change':
      return <AccountDialog account={open.account} onClose={close} onMade={made} />
    case 'password':
      return <PasswordDialog account={open.account} onClose={close} onMade={made} />
    case 'told':
      return <ToldOnce made={open.made} onClose={close} />
  }
}

function told(made: Made): Open | null {
  return made.password === null ? null : { kind: 'told', made }
}

interface ListProps {
  rows: readonly AccountRow[]
  onOpen: (open: Open) => void
  reload: () => void
}

function List({ rows, onOpen, reload }: ListProps) {
  if (rows.length === 0) return <p class="quiet">{t('admin.none_found')}</p>
  const columns = ['user', 'name', 'role', 'institution', 'department', 'state', 'actions']
  return (
    <Table columns={columns.map((name) => t(`admin.accounts.${name}`))}>
      {rows.map((account) => (
        <tr key={account.id} class={account.disabled ? 'off' : ''}>
          <th scope="row">{account.user}</th>
          <td>{account.name}</td>
          <td>{t(`role.${account.role}`)}</td>
          <td>{account.site}</td>
          <td data-label={t('admin.accounts.department')}>
            {account.department || <span class="quiet">{t('admin.accounts.no_department')}</span>}
          </td>
          <td>
            <span class={`pill ${account.disabled ? 'neutral' : 'ok'}`}>
              {t(account.disabled ? 'admin.accounts.disabled' : 'admin.accounts.active')}
            </span>
          </td>
          <td>
            <Actions account={account} onOpen={onOpen} reload={reload} />
          </td>
        </tr>
      ))}
    </Table>
  )
}

function Actions({ account, onOpen, reload }: { account: AccountRow } & Omit<ListProps, 'rows'>) {
  const { name } = account
  const mine = account.id === store.me.value?.account
  return (
    <div class="row-actions">
      <Button
        tone="plain"
        icon={Pencil}
        label={t('admin.accounts.change', { name })}
        onPress={() => onOpen({ kind: 'change', account })}
      />
      <Button
        tone="plain"
        icon={KeyRound}
        label={t('admin.accounts.new_password_of', { name })}
        onPress={() => onOpen({ kind: 'password', account })}
      />
      {!mine && (
        <Button
          tone="plain"
          icon={account.disabled ? UserCheck : UserX}
          label={t(account.disabled ? 'admin.accounts.enable_of' : 'admin.accounts.disable_of', { name })}
          onPress={() => void turn(account, !account.disabled, reload)}
        >
          {t(account.disabled ? 'admin.accounts.enable' : 'admin.accounts.disable')}
        </Button>
      )}
    </div>
  )
}

async function turn({ id, name }: AccountRow, off: boolean, reload: () => void): Promise<void> {
  try {
    await admin.setDisabled(id, off)
    const words = t(off ? 'admin.accounts.was_disabled' : 'admin.accounts.was_enabled', { name })
    tellDone(words, () => admin.setDisabled(id, !off).then(reload))
  } catch (error) {
    tellDone(problemWords(error))
  }
  reload()
}

function Pager({ offset, total, onGo }: { offset: number; total: number; onGo: (offset: number) => void }) {
  if (total <= ROWS) return null
  const last = Math.min(total, offset + ROWS)
  return (
    <nav class="pager">
      {offset > 0 && <Button onPress={() => onGo(Math.max(0, offset - ROWS))}>{t('admin.accounts.before')}</Button>}
      <span class="figures">{t('admin.accounts.of', { from: offset + 1, to: last, total })}</span>
      {last < total && <Button onPress={() => onGo(offset + ROWS)}>{t('admin.accounts.after')}</Button>}
    </nav>
  )
}
