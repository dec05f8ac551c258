// Who is there: name, role, site, what works, and how the line is each way.
import { Mic, MicOff, Video, VideoOff } from 'lucide'

import { t } from '../../i18n'
import { down, up } from '../../session/quality'
import type { View } from '../../session/view'
import type { Presence } from '../../session/wire.gen'
import { Avatar } from '../kit/Avatar'
import { Icon } from '../kit/Icon'
import { GradeWord } from './Grade'

export function PeoplePanel({ view }: { view: View }) {
  return (
    <ul class="people" aria-label={t('people.list')}>
      {view.state.participants.map((seat) => (
        <Seat key={seat.participant} seat={seat} view={view} />
      ))}
    </ul>
  )
}

function Seat({ seat, view }: { seat: Presence; view: View }) {
  const { person } = seat
  const quality = view.quality.get(seat.participant)
  const name = seat.participant === view.me ? t('call.me', { name: person.name }) : person.name
  return (
    <li class={seat.connected ? '' : 'away'}>
      <Avatar name={person.name} />
      <div class="grow">
        <p class="seat-name">
          <strong class="grow one-line">{name}</strong>
          <DeviceMark on={seat.microphone} device="microphone" />
          <DeviceMark on={seat.camera} device="camera" />
        </p>
        <p class="quiet small">{`${t(`role.${person.role}`)} · ${person.site}`}</p>
        {seat.connected ? (
          <p class="seat-lines small">
            <GradeWord direction="up" grade={up(quality)} />
            <GradeWord direction="down" grade={down(quality)} />
          </p>
        ) : (
          <p class="small amber-text">{t('call.cut_off')}</p>
        )}
      </div>
    </li>
  )
}

function DeviceMark({ on, device }: { on: boolean; device: 'microphone' | 'camera' }) {
  const icons = { microphone: [MicOff, Mic], camera: [VideoOff, Video] } as const
  const words = `${t(`call.${device}`)}: ${on ? t('call.on') : t('call.off')}`
  return (
    <span class={on ? 'mark-on' : 'mark-off'} title={words}>
      <Icon of={icons[device][on ? 1 : 0]} />
      <span class="spoken">{words}</span>
    </span>
  )
}
