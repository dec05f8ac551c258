// All my consultations: searched, narrowed to what is still to be done, the newest first, as many as are wanted.
import { ArrowLeft } from 'lucide'
import { useEffect, useState } from 'preact/hooks'

import { codeOf } from '../../app/opinion'
import { mayTakePart } from '../../app/roles'
import { t } from '../../i18n'
import { listConsultations } from '../../session/opinions'
import * as store from '../../session/store'
import { MAX_LENGTH } from '../../session/wire.gen'
import type { Brief } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { lazily } from '../kit/Lazy'
import { Strip } from '../kit/Strip'
import { Row } from '../lobby/ConsultationRow'
import { TopBar } from '../TopBar'
import { noticeWords } from '../words'
import './opinion.css'

const OpenedToMe = lazily(() => import('../grants/OpenedToMe').then((part) => part.OpenedToMe))

const AT_ONCE = 30
const TYPED_MS = 250 // a pause in typing

export function ListPage() {
  const [find, setFind] = useState('')
  const [open, setOpen] = useState(mayTakePart(store.me.value?.role ?? 'observer')) // a reviewer has no tasks of their own
  const { rows, more, problem, older, again } = useList(find, open)
  return (
    <div class="page">
      <TopBar person />
      <main class="case">
        <header class="case-head">
          <Button icon={ArrowLeft} autoFocus onPress={() => (store.listing.value = false)}>
            {t('after.back')}
          </Button>
          <h1>{t('cases.title')}</h1>
        </header>
        <section class="card">
          <Filter find={find} open={open} onFind={setFind} onOpen={setOpen} />
          {problem && (
            <Strip tone="warn" words={noticeWords(`error.${problem}`)} code={problem}>
              <Button onPress={again}>{t('strip.again')}</Button>
            </Strip>
          )}
          <p class="quiet" role="status">
            {emptyWords(rows, find, open)}
          </p>
          <ul class="rows">
            {(rows ?? []).map((brief) => (
              <Row key={brief.consultation} brief={brief} />
            ))}
          </ul>
          {more && <Button onPress={older}>{t('cases.older')}</Button>}
        </section>
        <OpenedToMe />
      </main>
    </div>
  )
}

function emptyWords(rows: readonly Brief[] | null, find: string, open: boolean): string {
  if (rows === null) return t('loading.title')
  if (rows.length > 0) return ''
  return find ? t('cases.nothing') : open ? t('cases.done') : t('lobby.none')
}

interface FilterProps {
  find: string
  open: boolean
  onFind: (find: string) => void
  onOpen: (open: boolean) => void
}

function Filter({ find, open, onFind, onOpen }: FilterProps) {
  return (
    <div class="case-filter">
      <label class="field grow">
        <span>{t('cases.find')}</span>
        <input
          type="search"
          maxLength={MAX_LENGTH.ShortText}
          placeholder={t('cases.find_hint')}
          value={find}
          onInput={(event) => onFind(event.currentTarget.value)}
        />
      </label>
      <fieldset class="field">
        <legend>{t('cases.which')}</legend>
        <div class="choices">
          {[true, false].map((value) => (
            <label key={String(value)} class="choice">
              <input type="radio" name="which" checked={open === value} onChange={() => onOpen(value)} />
              <span>{value ? t('cases.open') : t('cases.all')}</span>
            </label>
          ))}
        </div>
      </fieldset>
    </div>
  )
}

interface List {
  rows: readonly Brief[] | null
  more: boolean
  problem: string
  older: () => void
  again: () => void
}

/** Asked anew when the lobby changes: what was signed or read meanwhile shows. */
function useList(find: string, open: boolean): List {
  const [rows, setRows] = useState<readonly Brief[] | null>(null)
  const [more, setMore] = useState(false)
  const [problem, setProblem] = useState('')
  const [turn, setTurn] = useState(0)
  const news = store.lobby.value?.consultations
  useEffect(() => {
    let wanted = true
    const timer = setTimeout(
      () => {
        listConsultations({ find, open, before: 0, limit: AT_ONCE }).then(
          (found) => {
            if (!wanted) return
            setRows(found)
            setMore(ended(found) === AT_ONCE)
            setProblem('')
          },
          (error: unknown) => wanted && setProblem(codeOf(error)),
        )
      },
      find ? TYPED_MS : 0,
    )
    return () => {
      wanted = false
      clearTimeout(timer)
    }
  }, [find, open, news, turn])
  const older = (): void => {
    const before = rows?.[rows.length - 1]?.requested_at ?? 0
    listConsultations({ find, open, before, limit: AT_ONCE }).then(
      (found) => {
        setRows([...(rows ?? []), ...found])
        setMore(ended(found) === AT_ONCE)
      },
      (error: unknown) => setProblem(codeOf(error)),
    )
  }
  return { rows, more, problem, older, again: () => setTurn(turn + 1) }
}

function ended(rows: readonly Brief[]): number {
  return rows.filter((brief) => brief.status === 'closed').length
}
