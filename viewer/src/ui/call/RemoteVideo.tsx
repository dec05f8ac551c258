// A participant's picture (or the probe or screen I show myself), or in words why there is none.
import { t } from '../../i18n'
import * as store from '../../session/store'
import type { Shown, View } from '../../session/view'
import type { Purpose } from '../../session/wire.gen'
import { Avatar } from '../kit/Avatar'
import { TrackVideo } from '../kit/TrackVideo'

export function RemoteVideo({ view, shown, large = false }: { view: View; shown: Shown; large?: boolean }) {
  const { mid, track, owner } = shown
  const { name } = owner.person
  const why = whyNothing(view, shown)
  return (
    <div class="picture">
      <TrackVideo
        track={mid === '' ? ownTrack(track.purpose) : store.remote.value.get(mid)}
        label={`${t(`purpose.${track.purpose}`)}: ${name}`}
        hidden={why !== ''}
        floats={large}
        data={{ 'data-participant': track.participant, 'data-track': track.track, 'data-purpose': track.purpose }}
      />
      {why && (
        <div class="no-picture">
          <Avatar name={name} size={large ? 'large' : 'normal'} />
          {large ? <p class="quiet">{why}</p> : <SmallWhy view={view} shown={shown} why={why} />}
        </div>
      )}
    </div>
  )
}

/** A small picture has room for a few words: those that say what is wrong. The avatar alone says "camera off". */
function SmallWhy({ view, shown, why }: { view: View; shown: Shown; why: string }) {
  const notice = view.notices.get(shown.track.track)
  const troubled = notice !== undefined && notice !== 'live' && shown.owner.connected && shown.owner.camera
  return (
    <>
      {troubled && (
        <p class="small-why" aria-hidden="true">
          {t(`notice_short.${notice}`)}
        </p>
      )}
      <span class="spoken">{why}</span>
    </>
  )
}

function ownTrack(purpose: Purpose): MediaStreamTrack | undefined {
  return purpose === 'probe' ? store.probe.value.track : store.screen.value.track
}

/** Why there is no living picture, in words; empty = there is one. A frozen picture must not pass for a living one. */
function whyNothing(view: View, { track, owner }: Shown): string {
  const { name } = owner.person
  if (!owner.connected) return t('call.away', { name })
  if (track.purpose === 'face' && !owner.camera) return t('call.camera_off', { name })
  const notice = view.notices.get(track.track)
  return notice && notice !== 'live' ? t(`notice_track.${notice}`) : ''
}
