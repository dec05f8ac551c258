// A shift to be added, once or for some weeks; a shift to be removed.
import { useState } from 'preact/hooks'

import { t } from '../../i18n'
import * as admin from '../../session/admin'
import type { AccountRow, Shift } from '../../session/admin'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { clockTime } from '../words'
import { Field, FormButtons, problemWords, tellDone, useSending } from './parts'
import { fromField, repeated, toField } from './rota'
import { dayName } from './Rota'

const MONTH_MS = 31 * 86_400_000
const WEEKS = [2, 4, 8, 13, 26, 52]

interface AddProps {
  people: readonly AccountRow[]
  begin: number
  end: number
  onClose: () => void
  onDone: () => void
}

export function ShiftDialog({ people, begin, end, onClose, onDone }: AddProps) {
  const [who, setWho] = useState(people.length === 1 ? (people[0]?.id ?? '') : '')
  const [from, setFrom] = useState(toField(begin))
  const [until, setUntil] = useState(toField(end))
  const [weeks, setWeeks] = useState(1)
  const [tried, setTried] = useState(false)
  const times = { starts_ms: fromField(from), ends_ms: fromField(until) }
  const lasts = times.ends_ms - times.starts_ms
  const wrong = !(lasts > 0 && lasts <= MONTH_MS)
  const sending = useSending(async () => {
    setTried(true)
    if (!who || wrong) return
    const added = await admin.addShifts(who, repeated(times, weeks))
    tellDone(t('admin.rota.added', { n: added.length }), async () => {
      await Promise.all(added.map((shift) => admin.removeShift(shift.id)))
      onDone()
    })
    onDone()
  })
  const timesProblem = tried && wrong ? t('admin.problem.times_wrong') : sending.problem
  return (
    <Dialog title={t('admin.rota.add')} onClose={onClose}>
      <form class="form" onSubmit={sending.submit} noValidate>
        <Field words={t('admin.rota.who')} problem={tried && !who ? t('admin.problem.who_missing') : undefined}>
          {(attributes) => (
            <select {...attributes} data-first value={who} onChange={(event) => setWho(event.currentTarget.value)}>
              <option value="" />
              {people.map((person) => (
                <option key={person.id} value={person.id}>
                  {person.name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <TimeField words={t('admin.rota.from')} value={from} onInput={setFrom} />
        <TimeField words={t('admin.rota.until')} value={until} onInput={setUntil} problem={timesProblem} />
        <Field words={t('admin.rota.repeat')}>
          {(attributes) => (
            <select {...attributes} value={weeks} onChange={(event) => setWeeks(Number(event.currentTarget.value))}>
              <option value={1}>{t('admin.rota.once')}</option>
              {WEEKS.map((n) => (
                <option key={n} value={n}>
                  {t('admin.rota.weeks', { n })}
                </option>
              ))}
            </select>
          )}
        </Field>
        <FormButtons busy={sending.busy} words={t('admin.add')} onCancel={onClose} />
      </form>
    </Dialog>
  )
}

interface TimeProps {
  words: string
  value: string
  problem?: string
  onInput: (value: string) => void
}

function TimeField({ words, value, problem, onInput }: TimeProps) {
  return (
    <Field words={words} problem={problem}>
      {(attributes) => (
        <input
          {...attributes}
          type="datetime-local"
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}

interface RemoveProps {
  shift: Shift
  onClose: () => void
  onDone: () => void
  reload: () => void
}

export function RemoveShift({ shift, onClose, onDone, reload }: RemoveProps) {
  const { name } = shift.person
  const time = `${clockTime(shift.starts_ms)}–${clockTime(shift.ends_ms)}`
  const remove = async (): Promise<void> => {
    try {
      await admin.removeShift(shift.id)
      const again = (): Promise<void> => admin.addShifts(shift.person.account, [pick(shift)]).then(reload)
      tellDone(t('admin.rota.removed', { name }), again)
    } catch (error) {
      tellDone(problemWords(error))
    }
    onDone()
  }
  return (
    <Dialog title={t('admin.rota.remove_title')} onClose={onClose}>
      <p>{t('admin.rota.remove_help', { name, day: dayName(shift.starts_ms), time })}</p>
      <div class="form-buttons">
        <Button onPress={onClose}>{t('admin.cancel')}</Button>
        <Button tone="danger" autoFocus onPress={() => void remove()}>
          {t('admin.remove')}
        </Button>
      </div>
    </Dialog>
  )
}

const pick = ({ starts_ms, ends_ms }: Shift): { starts_ms: number; ends_ms: number } => ({ starts_ms, ends_ms })
