// Faces beside the stage: me, and every picture that is not on the stage. A press puts a picture on the stage.
import { Images, MicOff, User, VideoOff } from 'lucide'

import { sending } from '../../app/devices'
import { maySpeak } from '../../app/roles'
import { t } from '../../i18n'
import * as store from '../../session/store'
import type { Shown, View } from '../../session/view'
import { Icon } from '../kit/Icon'
import { TrackVideo } from '../kit/TrackVideo'
import { pinned, selfHidden } from './panel'
import { RemoteVideo } from './RemoteVideo'
import { TalkMark } from './TalkMark'

interface FacesProps {
  view: View
  videos: readonly Shown[]
  /** Pictures are open, and not on the stage. */
  pictures: boolean
}

export function Faces({ view, videos, pictures }: FacesProps) {
  const me = store.me.value
  const mine = maySpeak(me?.role ?? 'observer')
  const tiles = videos.length + (mine ? 1 : 0) + (pictures ? 1 : 0)
  return (
    <ul class={`faces${tiles > 1 ? ' several' : ''}`} aria-label={t('call.faces')}>
      {pictures && <PicturesTile />}
      {videos.map((one) => (
        <Tile key={one.track.track} view={view} shown={one} />
      ))}
      {mine && <Myself name={me?.name ?? ''} />}
    </ul>
  )
}

function Tile({ view, shown }: { view: View; shown: Shown }) {
  const { track, owner } = shown
  const face = track.purpose === 'face'
  const { name } = owner.person
  const talks = face && store.talking.value.now.has(owner.participant)
  const mine = owner.participant === view.me
  const caption = face ? name : `${t(`purpose.${track.purpose}`)} · ${mine ? t('call.me', { name }) : name}`
  return (
    <li class={`face${talks ? ' talks' : ''}`}>
      <button
        type="button"
        class="face-press"
        aria-label={`${t('call.pin')}: ${caption}`}
        onClick={() => (pinned.value = track.track)}
      >
        <RemoteVideo view={view} shown={shown} />
      </button>
      <FaceCaption name={caption} muted={face && !owner.microphone} talks={talks} />
    </li>
  )
}

function PicturesTile() {
  return (
    <li class="face">
      <button
        type="button"
        class="face-press pictures-tile"
        aria-label={`${t('call.pin')}: ${t('call.pictures')}`}
        onClick={() => (pinned.value = 'pictures')}
      >
        <Icon of={Images} size={28} />
      </button>
      <FaceCaption name={t('call.pictures')} muted={false} />
    </li>
  )
}

function Myself({ name }: { name: string }) {
  const { microphone, camera } = sending.value
  const words = selfHidden.value ? t('call.show_me') : t('call.hide_me')
  return (
    <li class={`face myself${selfHidden.value ? ' folded' : ''}`}>
      <button
        type="button"
        class="face-press"
        aria-label={words}
        aria-description={camera ? undefined : t('call.mine_off')}
        title={words}
        onClick={() => (selfHidden.value = !selfHidden.value)}
      >
        {selfHidden.value ? <Icon of={User} /> : <MyPicture />}
      </button>
      <FaceCaption name={t('call.me', { name })} muted={!microphone} />
    </li>
  )
}

function MyPicture() {
  const { camera: seen } = sending.value
  return (
    <div class="picture">
      <TrackVideo track={store.devices.value.camera.track} label={t('check.picture')} mirrored hidden={!seen} />
      {!seen && (
        <div class="no-picture" aria-hidden="true">
          <Icon of={VideoOff} size={24} />
          <p class="quiet small" data-words={t('call.mine_off')} />
        </div>
      )}
    </div>
  )
}

function FaceCaption({ name, muted, talks = false }: { name: string; muted: boolean; talks?: boolean }) {
  return (
    <p class="face-caption">
      <span class="one-line">{name}</span>
      {talks && <TalkMark />}
      {muted && (
        <span class="muted-mark">
          <Icon of={MicOff} size={16} />
          <span class="spoken">{t('call.muted')}</span>
        </span>
      )}
    </p>
  )
}
