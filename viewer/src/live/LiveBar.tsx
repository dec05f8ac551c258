// Under a live picture: how late it is, freeze, mark, guide; and what is asked of whoever stands at the machine.
import { Check, CircleX, Clock, Info, Pencil, Navigation, Snowflake, TriangleAlert } from 'lucide'
import type { IconNode } from 'lucide'
import { useEffect, useState } from 'preact/hooks'

import { maySpeak } from '../app/roles'
import { t } from '../i18n'
import * as store from '../session/store'
import { personOf } from '../session/view'
import type { Shown, View } from '../session/view'
import type { FreezeState, TrackId } from '../session/wire.gen'
import { Button } from '../ui/kit/Button'
import { Icon } from '../ui/kit/Icon'
import { Strip } from '../ui/kit/Strip'
import { age, useAge } from './age'
import { FREEZE_MS, gradeOf } from './glass'
import type { Age } from './glass'
import { GuidePad } from './GuidePad'
import { freeze } from './hand'
import './live.css'
import { doAsked, isClarity } from './machine'
import { MarkTools } from './MarkTools'
import { answerMachine } from './send'
import { nameless, open } from './state'
import './words'

const RESULT_MS = 6_000
const REQUESTS_SHOWN = 2

export default function LiveBar({ view, staged }: { view: View; staged: Shown }) {
  useAge(staged)
  const own = staged.owner.participant === view.me
  const track = staged.track.track
  if (!maySpeak(store.me.value?.role ?? 'observer')) return own ? null : <AgeChip />
  return (
    <div class="live-bar-place">
      {own ? <Requests view={view} /> : <Late />}
      <FreezeNews view={view} track={track} />
      <Controls own={own} />
      {open.value === 'mark' && <MarkTools view={view} track={track} />}
      {open.value === 'guide' && !own && <GuidePad view={view} staged={staged} />}
    </div>
  )
}

function Controls({ own }: { own: boolean }) {
  const [pressed, setPressed] = useState(false)
  const why = nameless.value
  const said = why === 'browser' || (why === 'wait' && pressed)
  const press = (): void => {
    setPressed(true)
    freeze()
  }
  return (
    <>
      <div class="live-bar">
        {!own && <AgeChip />}
        <span class="grow" />
        <button
          type="button"
          class="button"
          aria-disabled={why !== null}
          aria-describedby={said ? 'freeze-why' : undefined}
          onClick={press}
        >
          <Icon of={Snowflake} />
          <span>{t('live.freeze')}</span>
        </button>
        <Toggle name="mark" icon={Pencil} />
        {!own && <Toggle name="guide" icon={Navigation} />}
      </div>
      {said && (
        <p id="freeze-why" class="live-why small" role="status">
          <Icon of={Info} size={16} />
          {t(`live.cannot_freeze.${why}`)}
        </p>
      )}
    </>
  )
}

/** Guiding by a picture this old does harm. Who goes on all the same is asked again once it was better and is bad anew. */
function Late() {
  const [declined, setDeclined] = useState(false)
  const ms = age.value
  const late = ms !== null && ms >= FREEZE_MS
  useEffect(() => {
    if (!late) setDeclined(false)
  }, [late])
  if (!late || declined) return null
  return (
    <Strip tone="bad" quiet words={t('live.late_title', { ms: rounded(ms) })}>
      <Button onPress={() => setDeclined(true)}>{t('live.late_go_on')}</Button>
      <Button tone="primary" onPress={freeze}>
        {t('live.late_freeze')}
      </Button>
    </Strip>
  )
}

function Toggle({ name, icon }: { name: 'mark' | 'guide'; icon: IconNode }) {
  const on = open.value === name
  return (
    <button
      type="button"
      class={`button${on ? ' chosen' : ''}`}
      aria-pressed={on}
      title={t(on ? `live.${name}_end` : `live.${name}`)}
      onClick={() => (open.value = on ? null : name)}
    >
      <Icon of={icon} />
      <span>{t(`live.${name}`)}</span>
    </button>
  )
}

const AGE_ICONS: Record<Age, IconNode> = { ok: Check, fair: Clock, poor: TriangleAlert }

function AgeChip() {
  const ms = age.value
  if (ms === null) return <span class="age quiet">{t('live.age.unknown')}</span>
  const grade = gradeOf(ms)
  return (
    <span class={`age ${grade}`} title={t('live.age.title')}>
      <Icon of={AGE_ICONS[grade]} />
      <strong>{t(`live.age.${grade}`)}</strong>
      <span class="quiet">{t('live.age.about', { ms: rounded(ms) })}</span>
    </span>
  )
}

/** To the ten: it is an estimate. */
function rounded(ms: number): number {
  return Math.round(ms / 10) * 10
}

function Requests({ view }: { view: View }) {
  return (
    <>
      {view.state.looking.requests.slice(0, REQUESTS_SHOWN).map((one) => {
        const name = personOf(view.state, one.participant)?.name ?? ''
        return (
          <Strip key={one.key} tone="info" words={t('live.asks', { name, control: t(`live.control.${one.control}`) })}>
            <Button icon={CircleX} onPress={() => answerMachine(one.key, false)}>
              {t('live.refuse')}
            </Button>
            <Button tone="ok" icon={Check} onPress={() => doAsked(one)}>
              {t(isClarity(one.control) ? 'live.switch' : 'live.do')}
            </Button>
          </Strip>
        )
      })}
    </>
  )
}

/** The newest freeze of this picture: under way, there, or why not. */
function FreezeNews({ view, track }: { view: View; track: TrackId }) {
  const ofTrack = view.state.looking.freezes.filter((one) => one.frame.track === track)
  const last = ofTrack[ofTrack.length - 1]
  const over = last !== undefined && (last.picture !== null || last.fault !== null)
  const [seen, setSeen] = useState(over ? last.key : '')
  useEffect(() => {
    if (!over) return
    const timer = setTimeout(() => setSeen(last.key), RESULT_MS)
    return () => clearTimeout(timer)
  }, [last?.key, over])
  if (!last || last.key === seen) return null
  return <Strip tone={last.fault ? 'warn' : 'info'} words={newsOf(last)} code={last.fault ?? undefined} />
}

function newsOf({ picture, fault, as_transmitted }: FreezeState): string {
  if (fault) return t(`live.fault.${fault}`)
  if (!picture) return t('live.freezing')
  return t(as_transmitted ? 'live.frozen_transmitted' : 'live.frozen')
}
