// Another participant's picture, or in words why there is none.
import { t } from '../../i18n'
import * as store from '../../session/store'
import type { Shown, View } from '../../session/view'
import { Avatar } from '../kit/Avatar'
import { TrackVideo } from '../kit/TrackVideo'

export function RemoteVideo({ view, shown, large = false }: { view: View; shown: Shown; large?: boolean }) {
  const { mid, track, owner } = shown
  const { name } = owner.person
  const notice = view.notices.get(track.track)
  const off = track.purpose === 'face' && !owner.camera
  return (
    <div class="picture">
      <TrackVideo
        track={store.remote.value.get(mid)}
        label={`${t(`purpose.${track.purpose}`)}: ${name}`}
        hidden={off}
        data={{ 'data-participant': track.participant, 'data-track': track.track, 'data-purpose': track.purpose }}
      />
      {off && (
        <div class="no-picture">
          <Avatar name={name} size={large ? 'large' : 'normal'} />
          {large && <p class="quiet">{t('call.camera_off', { name })}</p>}
        </div>
      )}
      {!off && notice && notice !== 'live' && (
        <div class="no-picture">
          <p>{t(`notice_track.${notice}`)}</p>
        </div>
      )}
    </div>
  )
}
