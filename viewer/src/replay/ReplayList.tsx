// All that may be watched: searched by patient, place, person, time, finding and what happened, the newest first.
import { ArrowLeft, Play } from 'lucide'
import { useEffect, useState } from 'preact/hooks'

import { watch } from '../app/places'
import { t } from '../i18n'
import * as store from '../session/store'
import { MAX_LENGTH } from '../session/wire.gen'
import { Button } from '../ui/kit/Button'
import { Strip } from '../ui/kit/Strip'
import { TopBar } from '../ui/TopBar'
import { patientLine, stamp } from '../ui/words'
import { peopleWords } from './nameless'
import { codeOf, FLAGS, list } from './wire'
import type { Found, Wanted } from './wire'
import { code, problemWords } from './words'
import '../ui/opinion/opinion.css'
import './list.css'

const AT_ONCE = 30
const TYPED_MS = 250 // a pause in typing
const DAY_MS = 86_400_000
const NOTHING: Wanted = {
  find: '',
  site: '',
  doctor: '',
  department: '',
  finding: '',
  flag: '',
  from: 0,
  to: 0,
  before: 0,
  limit: AT_ONCE,
}

export function ReplayList() {
  const [wanted, setWanted] = useState<Wanted>(NOTHING)
  const { rows, more, problem, older, again } = useFound(wanted)
  const narrowed = JSON.stringify(wanted) !== JSON.stringify(NOTHING)
  return (
    <div class="page">
      <TopBar person />
      <main class="case">
        <header class="case-head">
          <Button icon={ArrowLeft} autoFocus onPress={() => (store.replays.value = false)}>
            {t('after.back')}
          </Button>
          <h1>{t('replay.list.title')}</h1>
        </header>
        <section class="card">
          <Filter wanted={wanted} onWant={setWanted} />
          {narrowed && <Button onPress={() => setWanted(NOTHING)}>{t('replay.list.clear')}</Button>}
          {problem && (
            <Strip tone="warn" words={problemWords(problem)} code={problem}>
              <Button onPress={again}>{t('strip.again')}</Button>
            </Strip>
          )}
          <p class="quiet" role="status">
            {emptyWords(rows, narrowed)}
          </p>
          <ul class="rows">
            {rows?.map((row) => (
              <Row key={row.consultation} row={row} />
            ))}
          </ul>
          {more && <Button onPress={older}>{t('replay.list.older')}</Button>}
        </section>
      </main>
    </div>
  )
}

function emptyWords(rows: readonly Found[] | null, narrowed: boolean): string {
  if (rows === null) return t('loading.title')
  if (rows.length > 0) return ''
  return t(narrowed ? 'replay.list.nothing' : 'replay.list.none')
}

interface FilterProps {
  wanted: Wanted
  onWant: (wanted: Wanted) => void
}

const TEXTS = ['doctor', 'site', 'department', 'finding'] as const

function Filter({ wanted, onWant }: FilterProps) {
  const change = (part: Partial<Wanted>): void => onWant({ ...wanted, ...part })
  return (
    <div class="replay-filter">
      <label class="field grow">
        <span>{t('replay.list.find')}</span>
        <input
          type="search"
          maxLength={MAX_LENGTH.ShortText}
          placeholder={t('replay.list.find_hint')}
          value={wanted.find}
          onInput={(event) => change({ find: event.currentTarget.value })}
        />
      </label>
      <details>
        <summary>{t('replay.list.more_fields')}</summary>
        <div class="replay-fields">
          {TEXTS.map((name) => (
            <label key={name} class="field">
              <span>{t(`replay.list.${name}`)}</span>
              <input
                type="text"
                maxLength={MAX_LENGTH.ShortText}
                value={wanted[name]}
                onInput={(event) => change({ [name]: event.currentTarget.value })}
              />
            </label>
          ))}
          <Day words={t('replay.list.from')} value={wanted.from} onChoose={(from) => change({ from })} />
          <Day
            words={t('replay.list.to')}
            value={wanted.to && wanted.to - DAY_MS}
            onChoose={(day) => change({ to: day && day + DAY_MS })}
          />
          <label class="field">
            <span>{t('replay.list.flag')}</span>
            <select
              value={wanted.flag}
              onChange={(event) => {
                const { value } = event.currentTarget
                change({ flag: FLAGS.find((flag) => flag === value) ?? '' })
              }}
            >
              <option value="">{t('replay.list.any')}</option>
              {FLAGS.map((flag) => (
                <option key={flag} value={flag}>
                  {t(`replay.list.flags.${flag}`)}
                </option>
              ))}
            </select>
          </label>
        </div>
      </details>
    </div>
  )
}

interface DayProps {
  words: string
  /** Unix ms of its midnight here; 0 = none */
  value: number
  onChoose: (day: number) => void
}

function Day({ words, value, onChoose }: DayProps) {
  return (
    <label class="field">
      <span>{words}</span>
      <input
        type="date"
        value={value ? dateOf(value) : ''}
        onChange={(event) => {
          const day = new Date(`${event.currentTarget.value}T00:00`).getTime()
          onChoose(Number.isFinite(day) ? day : 0)
        }}
      />
    </label>
  )
}

function dateOf(unixMs: number): string {
  const day = new Date(unixMs)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`
}

function Row({ row }: { row: Found }) {
  const patient = row.patient && !row.names ? { ...row.patient, name: t('role.patient') } : row.patient
  const name = patient ? patient.name : t('replay.list.nobody')
  const flags = FLAGS.filter((flag) => row.flags.includes(flag) && flag !== row.state)
  return (
    <li class="consultation-row">
      <div class="grow">
        <p>
          <strong>{patient ? patientLine(patient) : name}</strong>
          <span class="quiet small one-line">{row.reason}</span>
          <span class="quiet small">
            {[stamp(row.started_at), code(row.length_us), ...peopleWords(row), row.department]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </p>
        <ul class="replay-flags">
          {row.state !== 'ready' && <li class="pill">{t(`replay.list.state.${row.state}`)}</li>}
          {flags.map((flag) => (
            <li key={flag} class={flag === 'critical' ? 'pill danger' : 'pill'}>
              {t(`replay.list.flags.${flag}`)}
            </li>
          ))}
        </ul>
      </div>
      {row.state !== 'erased' && (
        <Button
          tone="primary"
          icon={Play}
          label={t('replay.list.of', { name })}
          onPress={() => watch(row.consultation)}
        >
          {t('replay.list.open')}
        </Button>
      )}
    </li>
  )
}

interface Rows {
  rows: readonly Found[] | null
  more: boolean
  problem: string
  older: () => void
  again: () => void
}

function useFound(wanted: Wanted): Rows {
  const [found, setFound] = useState<{ rows: readonly Found[]; more: boolean } | null>(null)
  const [problem, setProblem] = useState('')
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    let current = true
    const ask = (): void => {
      list(wanted).then(
        (told) => {
          if (!current) return
          setFound(told)
          setProblem('')
        },
        (error: unknown) => current && setProblem(codeOf(error)),
      )
    }
    const timer = setTimeout(ask, found ? TYPED_MS : 0)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [wanted, turn])
  const rows = found?.rows ?? null
  const older = (): void => {
    list({ ...wanted, before: rows?.[rows.length - 1]?.started_at ?? 0 }).then(
      (told) => setFound({ rows: [...(rows ?? []), ...told.rows], more: told.more }),
      (error: unknown) => setProblem(codeOf(error)),
    )
  }
  return { rows, more: found?.more ?? false, problem, older, again: () => setTurn(turn + 1) }
}
