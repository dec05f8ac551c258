// The replay itself: whose it is on top, the pictures, beside them what was said and done, below it the time.
import { useComputed } from '@preact/signals'
import { ArrowLeft, CircleDot, CirclePause, CircleSlash } from 'lucide'
import { useEffect, useMemo } from 'preact/hooks'

import { t } from '../i18n'
import { serverZero } from '../session/clock'
import * as store from '../session/store'
import { emptyView } from '../session/view'
import type { View } from '../session/view'
import { Button } from '../ui/kit/Button'
import { Icon } from '../ui/kit/Icon'
import { LanguageSwitch } from '../ui/kit/LanguageSwitch'
import { Strip } from '../ui/kit/Strip'
import { LookerContext } from '../ui/pictures/looker'
import type { Looker } from '../ui/pictures/looker'
import { age, patientId, stamp } from '../ui/words'
import { Bar } from './Bar'
import { useKeys } from './keys'
import type { Replay } from './replay'
import { leave } from './ReplayPage'
import { Side } from './Side'
import { Stage } from './Stage'
import { tellPlace } from './telling'
import { Timeline } from './Timeline'
import { exposeReplay } from './measuring'
import { problemWords } from './words'

export function Playing({ replay }: { replay: Replay }) {
  const view = useView(replay)
  const looker = useMemo(() => lookerOf(replay), [replay])
  useKeys(replay)
  useEffect(() => exposeReplay(replay), [replay])
  useEffect(() => tellPlace(replay), [replay])
  useEffect(() => () => keepPlace(replay), [replay])
  const trouble = replay.trouble.value
  return (
    <LookerContext.Provider value={looker}>
      <div class="replay">
        <Head replay={replay} view={view} />
        <div class="replay-stage">
          {trouble && <Strip tone="warn" words={problemWords(trouble)} code={trouble} />}
          <Stage replay={replay} view={view} />
        </div>
        <Side replay={replay} view={view} />
        <footer class="replay-foot">
          <Timeline replay={replay} />
          <Bar replay={replay} />
        </footer>
      </div>
    </LookerContext.Provider>
  )
}

/** What was known at this moment, as the live page's parts take it. */
function useView(replay: Replay): View {
  const { consultation, started_unix_us } = replay.opened
  const state = replay.state.value
  return useMemo(() => {
    const zeroMs = started_unix_us / 1000 - serverZero.peek()
    return { ...emptyView(consultation), state, zeroMs }
  }, [replay, state])
}

function lookerOf(replay: Replay): Looker {
  return {
    sight: replay.sight,
    pointing: replay.pointing,
    now: () => replay.player.at(performance.now()),
    change: (viewport, change) => replay.change(viewport, change),
    changeLayout: (rows, columns) => replay.changeLayout(rows, columns),
    hand: null,
  }
}

/** A call came between: afterwards it goes on from here. */
function keepPlace(replay: Replay): void {
  const now = store.replayed.peek()
  if (now) store.replayed.value = { ...now, t: Math.round(replay.t.peek()) }
}

const MARKS = { on: CircleDot, paused: CirclePause, off: CircleSlash }

function Head({ replay, view }: { replay: Replay; view: View }) {
  const { patient, requester, reason } = view.state
  const status = useComputed(() => replay.state.value.recording.status).value
  return (
    <header class="banner replay-head">
      <Button tone="plain" icon={ArrowLeft} label={t('replay.back')} onPress={leave}>
        <span class="wide-only">{t('replay.back')}</span>
      </Button>
      <div class="banner-patient">
        <p>
          {patient && (
            <>
              <strong>{patient.name}</strong>
              <span>{t(`sex.${patient.sex}`)}</span>
              <span>{age(patient.birth_year)}</span>
              <span>{patientId(patient)}</span>
            </>
          )}
          <span class="wide-only">{requester?.site}</span>
        </p>
        <p class="quiet small one-line wide-only">{reason}</p>
      </div>
      <ul class="banner-state">
        <li class="replay-pill">
          <h1>{t('replay.title')}</h1>
          <span class="wide-only">{stamp(replay.opened.started_unix_us / 1000)}</span>
        </li>
        <li class={`recording-mark ${status}`}>
          <Icon of={MARKS[status]} size={16} />
          <span>{t(`replay.then.${status}`)}</span>
        </li>
      </ul>
      <span class="wide-only">
        <LanguageSwitch />
      </span>
    </header>
  )
}
