// Who is on duty when: one department's week. Every hour is somebody's, or it says that it is nobody's.
import { ChevronLeft, ChevronRight, Plus } from 'lucide'
import { useState } from 'preact/hooks'

import { language, t } from '../../i18n'
import * as admin from '../../session/admin'
import type { AccountRow, Shift } from '../../session/admin'
import { serverNow } from '../../session/clock'
import { Button } from '../kit/Button'
import { Strip } from '../kit/Strip'
import { clockTime } from '../words'
import { Field, LoadState, useLoaded } from './parts'
import { daysLater, midnights, ofDay, uncovered, weekOf } from './rota'
import type { Duty, Gap } from './rota'
import { RemoveShift, ShiftDialog } from './ShiftDialog'

const HOUR_MS = 3_600_000

type Open = { kind: 'add'; begin: number; end: number } | { kind: 'remove'; shift: Shift }

/** A department of one institution (its name alone is not enough), and who is in it. */
interface Fields {
  key: string
  words: string
  people: AccountRow[]
}

export function Rota() {
  const staff = useLoaded(admin.specialists, [])
  const [chosen, setChosen] = useState('')
  const [monday, setMonday] = useState(() => weekOf(serverNow()))
  const fields = fieldsOf(staff.data ?? [])
  const field = fields.find((one) => one.key === chosen) ?? fields[0]
  return (
    <>
      <div class="table-tools">
        <Field words={t('admin.rota.department')}>
          {(attributes) => (
            <select {...attributes} value={field?.key} onChange={(event) => setChosen(event.currentTarget.value)}>
              {fields.map((one) => (
                <option key={one.key} value={one.key}>
                  {one.words}
                </option>
              ))}
            </select>
          )}
        </Field>
        <WeekChoice monday={monday} onGo={setMonday} />
      </div>
      <LoadState loaded={staff} />
      {staff.data?.length === 0 && <p>{t('admin.rota.no_specialists')}</p>}
      {field && <Plan field={field} monday={monday} />}
    </>
  )
}

/** One department's week. */
function Plan({ field, monday }: { field: Fields; monday: number }) {
  const end = daysLater(monday, 7)
  const shifts = useLoaded(() => admin.shifts(monday, end), [monday])
  const [open, setOpen] = useState<Open | null>(null)
  const mine = (shifts.data ?? []).filter(({ person }) => keyOf(person.institution, person.department) === field.key)
  const close = (): void => {
    setOpen(null)
    shifts.reload()
  }
  return (
    <>
      <LoadState loaded={shifts} />
      {shifts.data && <Coverage hours={Math.round(uncovered(mine, monday, end) / HOUR_MS)} />}
      {shifts.data && <Week monday={monday} shifts={mine} onOpen={setOpen} />}
      {open?.kind === 'add' && (
        <ShiftDialog people={field.people} begin={open.begin} end={open.end} onClose={close} onDone={close} />
      )}
      {open?.kind === 'remove' && (
        <RemoveShift shift={open.shift} onClose={close} onDone={close} reload={shifts.reload} />
      )}
    </>
  )
}

const keyOf = (institution: string, department: string): string => `${institution} ${department}`

function fieldsOf(staff: readonly AccountRow[]): Fields[] {
  const found = new Map<string, Fields>()
  for (const account of staff) {
    const key = keyOf(account.institution, account.department)
    const words = `${account.site} · ${account.department || t('admin.rota.without')}`
    const field = found.get(key) ?? { key, words, people: [] }
    field.people.push(account)
    found.set(key, field)
  }
  return [...found.values()].sort((a, b) => a.words.localeCompare(b.words))
}

function Coverage({ hours }: { hours: number }) {
  if (hours === 0) return <Strip tone="info" words={t('admin.rota.no_gaps')} />
  return <Strip tone="warn" words={t('admin.rota.gaps', { hours })} />
}

function WeekChoice({ monday, onGo }: { monday: number; onGo: (monday: number) => void }) {
  return (
    <div class="week-choice">
      <Button icon={ChevronLeft} label={t('admin.rota.before')} onPress={() => onGo(daysLater(monday, -7))} />
      <strong aria-live="polite">{t('admin.rota.week', { day: dayName(monday) })}</strong>
      <Button icon={ChevronRight} label={t('admin.rota.after')} onPress={() => onGo(daysLater(monday, 7))} />
      {monday !== weekOf(serverNow()) && (
        <Button onPress={() => onGo(weekOf(serverNow()))}>{t('admin.rota.today')}</Button>
      )}
    </div>
  )
}

interface WeekProps {
  monday: number
  shifts: readonly Shift[]
  onOpen: (open: Open) => void
}

function Week({ monday, shifts, onOpen }: WeekProps) {
  const days = midnights(monday)
  const now = serverNow()
  return (
    <div class="week">
      {days.slice(0, 7).map((begin, index) => {
        const end = days[index + 1] ?? begin
        const today = begin <= now && now < end
        return (
          <section key={begin} class={today ? 'day today' : 'day'} aria-label={dayName(begin)}>
            <h2>
              {dayName(begin)} {today && <span class="pill ok">{t('admin.rota.is_today')}</span>}
            </h2>
            <ul>
              {ofDay(shifts, begin, end).map((one) => (
                <li key={one.kind === 'gap' ? `gap ${one.begin}` : `${one.shift.id}`}>
                  {one.kind === 'gap' ? (
                    <GapButton gap={one} day={begin} onOpen={onOpen} />
                  ) : (
                    <DutyButton duty={one} onOpen={onOpen} />
                  )}
                </li>
              ))}
            </ul>
            <Button
              tone="plain"
              icon={Plus}
              label={t('admin.rota.add_on', { day: dayName(begin) })}
              onPress={() => onOpen({ kind: 'add', begin, end })}
            >
              {t('admin.rota.add')}
            </Button>
          </section>
        )
      })}
    </div>
  )
}

function GapButton({ gap, day, onOpen }: { gap: Gap; day: number; onOpen: (open: Open) => void }) {
  const time = hours(gap, day)
  return (
    <button
      type="button"
      class="gap"
      aria-label={t('admin.rota.add_gap', { day: dayName(day), time })}
      onClick={() => onOpen({ kind: 'add', begin: gap.begin, end: gap.end })}
    >
      <span>{t('admin.rota.nobody')}</span> <span class="figures">{time}</span>
    </button>
  )
}

function DutyButton({ duty, onOpen }: { duty: Duty; onOpen: (open: Open) => void }) {
  const { person } = duty.shift
  const time = hours(duty, duty.begin)
  return (
    <button
      type="button"
      class="duty"
      aria-label={t('admin.rota.shift_of', { name: person.name, time })}
      onClick={() => onOpen({ kind: 'remove', shift: duty.shift })}
    >
      <strong>{person.name}</strong> <span class="figures">{time}</span>
    </button>
  )
}

/** A day ends at 24:00, not at 00:00. */
function hours({ begin, end }: { begin: number; end: number }, day: number): string {
  const last =
    new Date(end).getDate() !== new Date(day).getDate() && clockTime(end) === '00:00' ? '24:00' : clockTime(end)
  return `${clockTime(begin)}–${last}`
}

export function dayName(at: number): string {
  return new Intl.DateTimeFormat(language.value, { weekday: 'short', month: 'short', day: 'numeric' }).format(at)
}
