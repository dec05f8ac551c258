// Hospitals and clinics, and the departments of each.
import { Pencil, Plus, Trash2 } from 'lucide'
import { useState } from 'preact/hooks'

import { t } from '../../i18n'
import * as admin from '../../session/admin'
import type { Department, Institution } from '../../session/admin'
import { MAX_LENGTH } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { Field, FormButtons, LoadState, problemWords, Search, Table, tellDone, useLoaded, useSending } from './parts'

/** What is being named: something new (`was` empty) or something that has a name. */
interface Naming {
  title: string
  field: string
  was: string
  help?: string
  send: (name: string) => Promise<unknown>
}

export function Institutions() {
  const loaded = useLoaded(admin.institutions, [])
  const [search, setSearch] = useState('')
  const [naming, setNaming] = useState<Naming | null>(null)
  const wanted = search.trim().toLowerCase()
  const found = (loaded.data ?? []).filter((one) =>
    [one.name, ...one.departments.map((department) => department.name)].some((name) =>
      name.toLowerCase().includes(wanted),
    ),
  )
  const add: Naming = {
    title: t('admin.institutions.add'),
    field: t('admin.institutions.name'),
    was: '',
    send: admin.addInstitution,
  }
  return (
    <>
      <div class="table-tools">
        <Search value={search} onInput={setSearch} />
        <Button tone="primary" icon={Plus} onPress={() => setNaming(add)}>
          {t('admin.institutions.add')}
        </Button>
      </div>
      <LoadState loaded={loaded} />
      {loaded.data && (
        <Table
          columns={[
            t('admin.institutions.name'),
            t('admin.institutions.departments'),
            t('admin.institutions.accounts'),
          ]}
        >
          {found.map((one) => (
            <Row key={one.id} one={one} onName={setNaming} reload={loaded.reload} />
          ))}
        </Table>
      )}
      {loaded.data && found.length === 0 && <p class="quiet">{t('admin.none_found')}</p>}
      {naming && (
        <NameDialog
          naming={naming}
          onClose={() => setNaming(null)}
          onDone={() => {
            setNaming(null)
            loaded.reload()
          }}
        />
      )}
    </>
  )
}

interface RowProps {
  one: Institution
  onName: (naming: Naming) => void
  reload: () => void
}

function Row({ one, onName, reload }: RowProps) {
  const rename = (was: string, send: Naming['send']): Naming => ({
    title: t('admin.institutions.rename', { name: was }),
    field: t('admin.institutions.name'),
    was,
    help: t('admin.institutions.rename_help'),
    send,
  })
  const addDepartment: Naming = {
    title: `${t('admin.institutions.add_department')}: ${one.name}`,
    field: t('admin.institutions.department_name'),
    was: '',
    send: (name) => admin.addDepartment(one.id, name),
  }
  return (
    <tr>
      <th scope="row">
        <span class="with-action">
          {one.name}
          <Button
            tone="plain"
            icon={Pencil}
            label={t('admin.institutions.rename', { name: one.name })}
            onPress={() => onName(rename(one.name, (name) => admin.renameInstitution(one.id, name)))}
          />
        </span>
      </th>
      <td>
        <ul class="departments">
          {one.departments.map((department) => (
            <li key={department.id}>
              <span class="grow">
                {department.name}{' '}
                <span class="quiet small">{t('admin.institutions.in_department', { n: department.accounts })}</span>
              </span>
              <Button
                tone="plain"
                icon={Pencil}
                label={t('admin.institutions.rename', { name: department.name })}
                onPress={() => onName(rename(department.name, (name) => admin.renameDepartment(department.id, name)))}
              />
              <Button
                tone="plain"
                icon={Trash2}
                label={t('admin.institutions.remove', { name: department.name })}
                onPress={() => void remove(one, department, reload)}
              />
            </li>
          ))}
        </ul>
        <Button tone="plain" icon={Plus} label={addDepartment.title} onPress={() => onName(addDepartment)}>
          {t('admin.institutions.add_department')}
        </Button>
      </td>
      <td class="figures" data-label={t('admin.institutions.accounts')}>
        {one.accounts}
      </td>
    </tr>
  )
}

async function remove(one: Institution, { id, name }: Department, reload: () => void): Promise<void> {
  try {
    await admin.removeDepartment(id)
    tellDone(t('admin.institutions.removed', { name }), () => admin.addDepartment(one.id, name).then(reload))
  } catch (error) {
    tellDone(problemWords(error))
  }
  reload()
}

function NameDialog({ naming, onClose, onDone }: { naming: Naming; onClose: () => void; onDone: () => void }) {
  const [name, setName] = useState(naming.was)
  const [missing, setMissing] = useState(false)
  const sending = useSending(async () => {
    setMissing(!name.trim())
    if (!name.trim()) return
    await naming.send(name.trim())
    onDone()
  })
  return (
    <Dialog title={naming.title} onClose={onClose}>
      <form class="form" onSubmit={sending.submit} noValidate>
        <Field
          words={naming.field}
          help={naming.help}
          problem={missing ? t('admin.problem.name_missing') : sending.problem}
        >
          {(attributes) => (
            <input
              {...attributes}
              data-first
              maxLength={MAX_LENGTH.Name}
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        <FormButtons busy={sending.busy} words={t('admin.save')} onCancel={onClose} />
      </form>
    </Dialog>
  )
}
