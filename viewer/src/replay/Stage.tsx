// What is seen large: as the live page chose it, or what the viewer pins. Its caption stands below it, not on it.
import { useComputed } from '@preact/signals'
import { Crown, EyeOff, Pin, PinOff } from 'lucide'
import { useEffect } from 'preact/hooks'

import { CUE_ICONS, SHOWN_MS } from '../live/cues'
import { t } from '../i18n'
import type { Shown, View } from '../session/view'
import { personOf } from '../session/view'
import { isDrag, tool } from '../ui/pictures/hands'
import { TouchedTools, Viewports } from '../ui/pictures/PictureStage'
import '../ui/pictures/pictures.css'
import { Icon } from '../ui/kit/Icon'
import { Gap } from './Gap'
import { looksOf, pinned } from './looks'
import type { Looks } from './looks'
import { Marked } from './Marked'
import type { Replay } from './replay'
import { TrackPicture } from './TrackPicture'

interface Props {
  replay: Replay
  view: View
}

export function useLooks({ replay, view }: Props): Looks {
  const open = useComputed(() => replay.sight.value.viewports.some(({ image }) => image !== null)).value
  return looksOf(view, open, replay.startedLast(), pinned.value)
}

export function Stage(props: Props) {
  const { replay } = props
  const { staged, pictures } = useLooks(props)
  return (
    <div class="replay-place">
      {pictures ? <Shared {...props} /> : staged ? <Live replay={replay} staged={staged} /> : <Nobody />}
      <Cue {...props} />
      <Gap replay={replay} below={pictures} />
    </div>
  )
}

function Nobody() {
  return (
    <figure class="stage">
      <div class="stage-frame">
        <p class="no-picture quiet">{t('replay.nobody')}</p>
      </div>
    </figure>
  )
}

function Live({ replay, staged }: { replay: Replay; staged: Shown }) {
  const { track, owner } = staged
  const talks = useComputed(() => replay.talks(owner.participant)).value
  return (
    <figure class={`stage${talks && track.purpose === 'face' ? ' talks' : ''}`}>
      <div class="stage-frame">
        <TrackPicture key={track.track} replay={replay} shown={staged} large />
        <Marked key={`marks ${track.track}`} replay={replay} track={track.track} />
      </div>
      <figcaption>
        <span class="grow one-line">
          <strong>{owner.person.name}</strong>
          <span class="quiet">
            {['', t(`purpose.${track.purpose}`), ...(owner.person.site ? [owner.person.site] : [])].join(' · ')}
          </span>
        </span>
        <PinButton of={track.track} />
      </figcaption>
    </figure>
  )
}

function PinButton({ of }: { of: NonNullable<typeof pinned.value> }) {
  const kept = pinned.value === of
  const words = t(kept ? 'call.unpin' : 'call.pin')
  return (
    <button
      type="button"
      class="button plain only-icon"
      aria-pressed={kept}
      aria-label={words}
      title={words}
      onClick={() => (pinned.value = kept ? null : of)}
    >
      <Icon of={kept ? PinOff : Pin} />
    </button>
  )
}

/** The pictures of the folder, as the leader moved them; or looked at freely, each for themselves. */
function Shared({ replay, view }: Props) {
  const follows = useComputed(() => replay.sight.value.following).value
  const leader = view.state.participants.find((one) => one.participant === view.state.looking.lead.holder)
  useEffect(() => {
    if (!isDrag(tool.peek())) tool.value = 'scroll' // nothing is drawn here
  }, [])
  return (
    <figure class="stage pictures-stage" aria-label={t('pictures.stage.name')}>
      <div class="replay-lead">
        <p class="lead-who">
          <Icon of={Crown} />
          <span class="one-line">
            {leader ? t('pictures.lead.other', { name: leader.person.name }) : t('pictures.lead.nobody')}
          </span>
        </p>
        <fieldset class="lead-mode">
          <legend class="spoken">{t('pictures.lead.mode')}</legend>
          <div class="choices">
            {[true, false].map((follow) => (
              <label key={String(follow)} class="choice">
                <input
                  type="radio"
                  name="replay-looking"
                  checked={follows === follow}
                  onChange={() => (follow ? replay.follow() : replay.lookOnMyOwn())}
                />
                <span>{t(follow ? 'replay.follow' : 'replay.own')}</span>
              </label>
            ))}
          </div>
        </fieldset>
      </div>
      {!follows && (
        <p class="small own-note" role="status">
          <Icon of={EyeOff} size={16} />
          {t('replay.own_note')}
        </p>
      )}
      <Viewports view={view} />
      <figcaption>
        <div class="picture-tools">
          <TouchedTools view={view} />
          <span class="grow" />
          <PinButton of="pictures" />
        </div>
      </figcaption>
    </figure>
  )
}

/** What the probe was told, as long as it was shown. */
function Cue({ replay, view }: Props) {
  const { cue } = view.state.looking
  const fresh = useComputed(() => {
    const age = replay.t.value - (replay.state.value.looking.cue?.t ?? -Infinity)
    return age >= 0 && age < SHOWN_MS * 1000
  }).value
  if (!cue || !fresh) return null
  return (
    <div class="cue replay-cue">
      <Icon of={CUE_ICONS[cue.cue]} size={48} />
      <p>
        <small>{t('live.cue_from', { name: personOf(view.state, cue.participant)?.name ?? '' })}</small>
        <strong>{t(`live.cue.${cue.cue}`)}</strong>
      </p>
    </div>
  )
}
