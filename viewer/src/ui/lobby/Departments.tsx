// Which field is asked for. Remembered by the browser: a clinic mostly asks the same one.
import { signal } from '@preact/signals'

import { t } from '../../i18n'
import * as store from '../../session/store'
import type { DepartmentOnCall, Lobby } from '../../session/wire.gen'
import { Strip } from '../kit/Strip'

const KEPT_KEY = 'sefaw.department'

const kept = signal(localStorage.getItem(KEPT_KEY) ?? '')

function choose(name: string): void {
  kept.value = name
  localStorage.setItem(KEPT_KEY, name)
}

/** '' = any; a remembered one that exists no longer counts as any. */
export function chosenDepartment(lobby: Lobby | null): string {
  return lobby?.departments.some(({ name }) => name === kept.value) ? kept.value : ''
}

export function Departments() {
  const lobby = store.lobby.value
  if (!lobby || lobby.departments.length === 0) return null
  const chosen = chosenDepartment(lobby)
  return (
    <fieldset class="field departments">
      <legend>{t('department.title')}</legend>
      <div class="choices">
        <Chip name="" words={t('department.any')} count={countAll(lobby)} chosen={chosen === ''} />
        {lobby.departments.map((one) => (
          <Chip key={one.name} name={one.name} words={one.name} count={countOf(one)} chosen={chosen === one.name} />
        ))}
      </div>
    </fieldset>
  )
}

function Chip({ name, words, count, chosen }: { name: string; words: string; count: string; chosen: boolean }) {
  return (
    <label class="choice">
      <input type="radio" name="department" value={name} checked={chosen} onChange={() => choose(name)} />
      <span>
        <b>{words}</b>
        <small>{count}</small>
      </span>
    </label>
  )
}

function countOf({ on_call, free }: DepartmentOnCall): string {
  if (on_call === 0) return t('department.nobody')
  return free === 0 ? t('department.busy', { count: on_call }) : t('department.on_call', { count: on_call })
}

function countAll(lobby: Lobby): string {
  const free = lobby.on_call.filter((one) => !one.busy).length
  return countOf({ name: '', on_call: lobby.on_call.length, free })
}

/** Why a call would reach nobody, before it is made; nothing where it would. */
export function whyNobody(lobby: Lobby | null, department: string): { kind: string; department: string } | null {
  if (!lobby) return null
  const reached = lobby.on_call.filter(({ person }) => !department || person.department === department)
  if (reached.length === 0)
    return { kind: department ? 'department.nobody_here' : 'department.nobody_at_all', department }
  if (reached.some((one) => !one.busy)) return null
  return { kind: department ? 'department.all_busy_here' : 'department.all_busy', department }
}

export function NobodyThere() {
  const lobby = store.lobby.value
  const why = whyNobody(lobby, chosenDepartment(lobby))
  if (!why || store.notice.value) return null
  return <Strip tone="warn" words={t(why.kind, { department: why.department })} />
}

/** The words of the lobby for a call that found nobody. */
export function nobodyNotice(department: string): store.Notice | null {
  const why = whyNobody(store.lobby.value, department)
  return why && { kind: why.kind, tone: 'bad', code: 'nobody_on_call', values: { department } }
}
