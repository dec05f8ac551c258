// After the call: what it was, when, how long, who, what to do now; one button back.
import { Activity, KeyRound, LogIn, PhoneCall, Play } from 'lucide'
import type { IconNode } from 'lucide'
import { useEffect, useState } from 'preact/hooks'

import { call, goBackIn } from '../../app/lobby'
import { watch } from '../../app/places'
import { mayAnswer, mayCall, mayGrant } from '../../app/roles'
import { t } from '../../i18n'
import { summary } from '../../session/http'
import type { Summary } from '../../session/http'
import * as store from '../../session/store'
import { serverTime } from '../../session/clock'
import type { Ended } from '../../session/store'
import type { Recording } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { lazily } from '../kit/Lazy'
import { nobodyNotice } from '../lobby/Departments'
import { TopBar } from '../TopBar'
import { dayTime, duration, endingOf, patientId, patientLine } from '../words'

const FolderCard = lazily(() => import('../folder/FolderCard').then((part) => part.FolderCard))
const ClosedPaper = lazily(() => import('../opinion/ClosedPaper').then((part) => part.ClosedPaper))

export function After() {
  const ended = store.ended.value
  const heard = useSummary(ended)
  if (!ended) return null
  const ending = endingOf(ended.reason)
  const step = nextStep(ended)
  return (
    <div class="page">
      <TopBar person />
      <main class="centred">
        <div class="two-cards">
          <section class="card after">
            <h1>{t(`after.title.${ending}`)}</h1>
            <p class="next">{t(`after.next.${ending}`)}</p>
            <dl class="summary">
              {rows(ended, heard).map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
            <div class="after-actions">
              <Button tone={step ? 'quiet' : 'primary'} size="large" onPress={back} autoFocus={!step}>
                {t('after.back')}
              </Button>
              {step && (
                <Button
                  tone="primary"
                  size="large"
                  icon={step.icon}
                  busy={store.busy.value !== ''}
                  autoFocus
                  onPress={() => {
                    back()
                    void step.act()
                  }}
                >
                  {step.words}
                </Button>
              )}
            </div>
            <More ended={ended} />
            {ending === 'broken' && <small class="code">{t('after.code', { code: ended.reason })}</small>}
          </section>
          <PaperCard ended={ended} />
        </div>
        {ended.view.state.looking.studies.length > 0 && <FolderCard consultation={ended.view.consultation} />}
      </main>
    </div>
  )
}

/** What else there is of it. */
function More({ ended }: { ended: Ended }) {
  const recorded = ended.view.state.recording.since_t >= 0 && endingOf(ended.reason) === 'done'
  return (
    <>
      <Button tone="plain" icon={Activity} onPress={() => (store.timelineOf.value = ended.view.consultation)}>
        {t('after.timeline')}
      </Button>
      {mayGrant(store.me.value?.role ?? 'observer') && (
        <Button tone="plain" icon={KeyRound} onPress={() => (store.grantsOf.value = ended.view.consultation)}>
          {t('after.grants')}
        </Button>
      )}
      {recorded && (
        <Button tone="plain" icon={Play} onPress={() => watch(ended.view.consultation)}>
          {t('after.replay')}
        </Button>
      )}
    </>
  )
}

/** Whose consultation it was writes, reads and acknowledges here, while it is fresh. */
function PaperCard({ ended: { view } }: { ended: Ended }) {
  const role = store.me.value?.role ?? 'observer'
  if (view.state.opened_t < 0 || !(mayAnswer(role) || mayCall(role))) return null
  return (
    <section class="card after" aria-labelledby="paper-title">
      <h2 id="paper-title" class="spoken">
        {t('opinion.title')}
      </h2>
      <ClosedPaper consultation={view.consultation} />
    </section>
  )
}

function back(): void {
  store.ended.value = null
}

interface NextStep {
  words: string
  icon: IconNode
  act: () => Promise<void>
}

/** Into it again while the others go on; or the same call once more, if nobody took it. */
function nextStep({ view, reason: ended }: Ended): NextStep | null {
  const { consultation, state } = view
  const { patient, reason, urgency, department } = state
  const ending = endingOf(ended)
  const goesOn = store.lobby.value?.consultations.some(
    (one) => one.consultation === consultation && one.status === 'open',
  )
  if (goesOn) return { words: t('after.rejoin'), icon: LogIn, act: () => goBackIn(consultation) }
  const finished = ending === 'done' || ending === 'left'
  if (finished || !patient || !mayCall(store.me.value?.role ?? 'observer')) return null
  const wish = { patient, reason, urgency, department }
  return { words: t('after.again'), icon: PhoneCall, act: () => call(wish, () => nobodyNotice(department)) }
}

function useSummary(ended: Ended | null): Summary | null {
  const [heard, setHeard] = useState<Summary | null>(null)
  const consultation = ended?.view.consultation
  useEffect(() => {
    if (consultation) summary(consultation).then(setHeard, () => undefined) // what the page knows itself is enough
  }, [consultation])
  return heard
}

interface Course {
  /** Unix ms; `opened` 0 = never */
  requested: number
  opened: number
  closed: number
  rangMs: number
  openMs: number
}

/** By the server's clock where it was asked. */
function courseOf(ended: Ended, heard: Summary | null): Course {
  if (!heard) return ownCourse(ended)
  const { requested_at, opened_at, closed_at, ringing_ms, open_ms } = heard
  const closed = closed_at || ended.at
  return { requested: requested_at, opened: opened_at, closed, rangMs: ringing_ms, openMs: open_ms }
}

/** By the session clock. */
function ownCourse({ view: { state, zeroMs }, at: closed }: Ended): Course {
  const requested = serverTime(zeroMs)
  const opened = state.opened_t >= 0 ? requested + state.opened_t / 1000 : 0
  return {
    requested,
    opened,
    closed,
    rangMs: (opened || closed) - requested,
    openMs: opened ? closed - opened : 0,
  }
}

/** Whoever left knows when they did, not when it ended. */
function closed(ended: Ended): string {
  return t(endingOf(ended.reason) === 'left' ? 'after.gone' : 'after.closed')
}

function rows(ended: Ended, heard: Summary | null): [string, string][] {
  const { state } = ended.view
  const course = courseOf(ended, heard)
  const found: [string, string][] = []
  if (state.close_text) found.push([t('after.why'), state.close_text])
  if (state.patient) found.push([t('after.patient'), `${patientLine(state.patient)} · ${patientId(state.patient)}`])
  found.push([t('after.question'), state.reason], [t('after.requested'), dayTime(course.requested)])
  if (!course.opened) {
    found.push([t('after.opened'), t('after.never')], [t('after.waited'), duration(course.rangMs / 1000)])
    return found
  }
  const seats = heard?.participants ?? [...state.participants, ...state.departed]
  const people = seats.map(({ person }) => `${person.name} · ${person.site}`)
  found.push([t('after.opened'), dayTime(course.opened)], [closed(ended), dayTime(course.closed)])
  found.push([t('after.duration'), duration(course.openMs / 1000)], [t('after.with'), people.join('\n')])
  found.push([t('after.messages'), String(heard?.chat_count ?? state.chat.length)])
  return [...found, [t('after.recording'), recorded(state.recording)]]
}

function recorded({ since_t, gaps }: Recording): string {
  if (since_t < 0) return t('call.recorded.off')
  return gaps.length > 0 ? t('after.recorded_gaps', { count: gaps.length }) : t('after.recorded')
}
