// The main picture, whole and untouched: its caption stands below it, not on it. Double-click = full screen.
import { Maximize, MicOff, Minimize, PictureInPicture2, Pin, PinOff, ScanSearch, Waves } from 'lucide'
import type { IconNode } from 'lucide'
import { useEffect, useRef } from 'preact/hooks'

import { setClarity } from '../../app/sources'
import { t } from '../../i18n'
import * as store from '../../session/store'
import { others } from '../../session/view'
import type { Shown, View } from '../../session/view'
import type { Purpose, TrackId } from '../../session/wire.gen'
import { Avatar } from '../kit/Avatar'
import { Icon } from '../kit/Icon'
import { lazily } from '../kit/Lazy'
import { pinned } from './panel'
import { RemoteVideo } from './RemoteVideo'
import { canFloat, float, fullScreen, onStage, toggleStageOnly } from './screen'
import { keyHint } from './shortcuts'
import { TalkMark } from './TalkMark'

// What is done on a live picture comes when there is one.
const LivePicture = lazily(() => import('../../live/LivePicture').then((part) => part.default), Nothing)
const LiveBar = lazily(() => import('../../live/LiveBar').then((part) => part.default), Nothing)
const LIVE: readonly Purpose[] = ['probe', 'room']

export function Stage({ view, staged }: { view: View; staged: Shown | null }) {
  const frame = useRef<HTMLDivElement>(null)
  const shows = staged?.track.track ?? null
  useEffect(() => void (onStage.value = shows), [shows])
  if (!staged) return <EmptyStage view={view} />
  const { track, owner } = staged
  const video = (): HTMLVideoElement | null => frame.current?.querySelector('video') ?? null
  const live = LIVE.includes(track.purpose)
  const speaks = track.purpose === 'face' && store.talking.value.now.has(owner.participant)
  return (
    <figure class={`stage${speaks ? ' talks' : ''}`}>
      <div ref={frame} class="stage-frame" onDblClick={toggleStageOnly}>
        <RemoteVideo key={track.track} view={view} shown={staged} large />
        {live && <LivePicture key={`live ${track.track}`} view={view} staged={staged} video={video} />}
      </div>
      <Caption staged={staged} speaks={speaks} video={video} />
      {live && <LiveBar key={track.track} view={view} staged={staged} />}
    </figure>
  )
}

interface CaptionProps {
  staged: Shown
  speaks: boolean
  video: () => HTMLVideoElement | null
}

function Caption({ staged, speaks, video }: CaptionProps) {
  const { track, owner } = staged
  return (
    <figcaption>
      <span class="grow one-line">
        <strong>{owner.person.name}</strong>
        <span class="quiet">{` · ${t(`purpose.${track.purpose}`)} · ${owner.person.site}`}</span>
      </span>
      {speaks && <TalkMark />}
      {track.purpose === 'face' && !owner.microphone && <MutedMark />}
      {staged.mid === '' && <ClarityToggle />}
      <StageTools track={track.track} video={video} />
    </figcaption>
  )
}

/** The picture is there without it; while it comes nothing is said. */
function Nothing() {
  return null
}

function MutedMark() {
  return (
    <span class="muted-mark" title={t('call.muted')}>
      <Icon of={MicOff} />
      <span class="spoken">{t('call.muted')}</span>
    </span>
  )
}

function StageTools({ track, video }: { track: TrackId; video: () => HTMLVideoElement | null }) {
  const kept = pinned.value === track
  const { hint, ...key } = keyHint('full_screen')
  const screenWords = t(fullScreen() ? 'call.full_screen_end' : 'call.full_screen')
  return (
    <>
      <Tool
        words={kept ? t('call.unpin') : t('call.pin')}
        icon={kept ? PinOff : Pin}
        pressed={kept}
        onPress={() => (pinned.value = kept ? null : track)}
      />
      {canFloat() && <Tool words={t('call.float')} icon={PictureInPicture2} onPress={() => void float(video())} />}
      <Tool
        words={screenWords}
        hint={hint}
        icon={fullScreen() ? Minimize : Maximize}
        onPress={toggleStageOnly}
        more={key}
      />
    </>
  )
}

interface ToolProps {
  words: string
  hint?: string
  icon: IconNode
  pressed?: boolean
  onPress: () => void
  more?: Record<string, string | undefined>
}

function Tool({ words, hint = '', icon, pressed, onPress, more = {} }: ToolProps) {
  return (
    <button
      type="button"
      class="button plain only-icon"
      aria-pressed={pressed}
      aria-label={words}
      title={`${words}${hint}`}
      onClick={onPress}
      {...more}
    >
      <Icon of={icon} />
    </button>
  )
}

/** The hand is at the probe: one press, not a dialog. */
function ClarityToggle() {
  const sharp = store.clarity.value === 'sharp'
  return (
    <button
      type="button"
      class="button plain"
      aria-pressed={sharp}
      title={t(`probe.${store.clarity.value}_help`)}
      onClick={() => setClarity(sharp ? 'smooth' : 'sharp')}
    >
      <Icon of={sharp ? ScanSearch : Waves} />
      <span>{t(`probe.${store.clarity.value}`)}</span>
    </button>
  )
}

function EmptyStage({ view }: { view: View }) {
  const company = others(view)
  const first = company[0]
  return (
    <figure class="stage">
      <div class="stage-frame">
        <div class="no-picture">
          {first ? <Avatar name={first.person.name} size="large" /> : null}
          <p class="quiet">{emptyWords(company.length > 0)}</p>
        </div>
      </div>
    </figure>
  )
}

function emptyWords(company: boolean): string {
  if (!company) return t('call.alone')
  return store.health.value === 'blocked' || store.health.value === 'unavailable' ? '' : t('call.waiting_picture')
}
