// The course of a consultation: the picture first, then the figures and everything in order; to be kept as a file.
import { ArrowLeft, ChevronLeft, ChevronRight, Download, ZoomIn, ZoomOut } from 'lucide'
import { useEffect, useState } from 'preact/hooks'

import zh from '../../../../recordings/timeline/words/zh-CN.json'
import en from '../../../../recordings/timeline/words/en.json'
import { language, learn, t } from '../../i18n'
import { HttpFailed } from '../../session/http'
import * as store from '../../session/store'
import { timeline, timelinePath } from '../../session/timeline'
import type { Sign, Stretch, Timeline } from '../../session/timeline'
import { Button } from '../kit/Button'
import { Icon } from '../kit/Icon'
import { Strip } from '../kit/Strip'
import { TopBar } from '../TopBar'
import { dayTime, noticeWords } from '../words'
import { Lanes, Shape } from './Lanes'
import { beginning, moved, whole, zoomed } from './layout'
import type { Window } from './layout'
import { described, who } from './said'
import { Figures, Steps } from './Tables'
import '../styles/table.css'
import './timeline.css'

learn('timeline', { en, 'zh-CN': zh })

const LIVE_EVERY_MS = 3_000
const SIGNS: readonly Sign[] = ['people', 'media', 'trouble', 'better']
const BARS: readonly Stretch[] = ['here', 'away', 'ringing', 'media', 'loss']

export function TimelinePage() {
  const consultation = store.timelineOf.value
  const { found, problem, again } = useTimeline(consultation)
  return (
    <div class="page">
      <TopBar person />
      <main class="timeline">
        <div class="timeline-head">
          <Button icon={ArrowLeft} onPress={() => (store.timelineOf.value = '')}>
            {t('timeline.page.back')}
          </Button>
          <h1>
            {t('timeline.title')} <small class="code">{consultation}</small>
          </h1>
          <nav class="downloads">
            <DownloadLink
              to={timelinePath(consultation, language.value)}
              name={`timeline-${consultation}.html`}
              words={t('timeline.page.file')}
            />
            <DownloadLink
              to={timelinePath(consultation)}
              name={`timeline-${consultation}.json`}
              words={t('timeline.page.data')}
            />
          </nav>
        </div>
        {problem && (
          <Strip tone="bad" words={t('timeline.page.failed', { words: problem })}>
            <Button onPress={again}>{t('timeline.page.again')}</Button>
          </Strip>
        )}
        {!found && !problem && <p class="quiet">{t('timeline.page.loading')}</p>}
        {found && <Course found={found} />}
      </main>
    </div>
  )
}

function DownloadLink({ to, name, words }: { to: string; name: string; words: string }) {
  return (
    <a class="button quiet normal" href={to} download={name}>
      <Icon of={Download} />
      <span>{words}</span>
    </a>
  )
}

/** Asked for again while the consultation goes on. */
function useTimeline(consultation: string): { found: Timeline | null; problem: string; again: () => void } {
  const [found, setFound] = useState<Timeline | null>(null)
  const [problem, setProblem] = useState('')
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    let current = true
    let timer: ReturnType<typeof setTimeout> | undefined
    timeline(consultation).then(
      (course) => {
        if (!current) return
        setFound(course)
        setProblem('')
        if (course.closed < 0) timer = setTimeout(() => setTurn((n) => n + 1), LIVE_EVERY_MS)
      },
      (error: unknown) => {
        if (current) setProblem(noticeWords(`error.${error instanceof HttpFailed ? error.code : 'internal'}`))
      },
    )
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [consultation, turn])
  return { found, problem, again: () => setTurn((n) => n + 1) }
}

function Course({ found }: { found: Timeline }) {
  const all = whole(found)
  // null = the whole, and it follows a consultation that goes on
  const [part, setPart] = useState<Window | null>(() => (beginning(found).end < all.end / 2 ? beginning(found) : null))
  const [chosen, setChosen] = useState(0)
  const seen = part ?? all
  const see = (next: Window): void => setPart(next.end - next.begin >= all.end - all.begin ? null : next)
  const entry = found.entries[chosen - 1]
  return (
    <>
      <p class="quiet">
        {t('timeline.started', { time: dayTime(found.started_unix_us / 1000) })} · {t('timeline.no_names')}
      </p>
      {found.closed < 0 && <Strip tone="info" quiet words={t('timeline.page.live')} />}
      {found.left_out > 0 && <Strip tone="warn" words={t('timeline.left_out', { n: found.left_out })} />}
      <section class="picture">
        <Scale seen={seen} all={all} first={beginning(found)} onSee={see} />
        <Lanes found={found} seen={seen} onSee={see} chosen={chosen} onChoose={setChosen} />
        <p class="detail" data-detail>
          {entry ? (
            <>
              <strong>{`${chosen}. ${who(found.lanes[entry.lane] ?? NOBODY)}`}</strong> {described(entry)}
            </>
          ) : (
            <span class="quiet">{t('timeline.page.hint')}</span>
          )}
        </p>
        <Legend />
      </section>
      <Figures found={found} />
      <Steps found={found} chosen={chosen} onChoose={setChosen} />
    </>
  )
}

const NOBODY = { participant: 0, role: null, site: '', department: '' }

interface ScaleProps {
  seen: Window
  all: Window
  first: Window
  onSee: (seen: Window) => void
}

function Scale({ seen, all, first, onSee }: ScaleProps) {
  const middle = (seen.begin + seen.end) / 2
  const step = (seen.end - seen.begin) / 2
  return (
    <div class="scale">
      <Button onPress={() => onSee(first)}>{t('timeline.page.beginning')}</Button>
      <Button onPress={() => onSee(all)}>{t('timeline.page.whole')}</Button>
      <span class="scale-group">
        <Button icon={ZoomIn} label={t('timeline.page.closer')} onPress={() => onSee(zoomed(seen, all, 0.5, middle))} />
        <Button icon={ZoomOut} label={t('timeline.page.wider')} onPress={() => onSee(zoomed(seen, all, 2, middle))} />
        <Button icon={ChevronLeft} label={t('timeline.page.earlier')} onPress={() => onSee(moved(seen, all, -step))} />
        <Button icon={ChevronRight} label={t('timeline.page.later')} onPress={() => onSee(moved(seen, all, step))} />
      </span>
    </div>
  )
}

function Legend() {
  return (
    <ul class="legend" aria-label={t('timeline.legend')}>
      {SIGNS.map((sign) => (
        <li key={sign}>
          <svg width="28" height="28" aria-hidden="true">
            <Shape sign={sign} x={14} y={14} />
          </svg>
          {t(`timeline.sign.${sign}`)}
        </li>
      ))}
      {BARS.map((bar) => (
        <li key={bar}>
          <svg width="36" height="28" aria-hidden="true">
            <rect class={`bar ${bar}`} x="1" y="8" width="34" height="12" />
          </svg>
          {t(`timeline.stretch.${bar}`)}
        </li>
      ))}
    </ul>
  )
}
