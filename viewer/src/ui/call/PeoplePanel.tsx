// Who is there: name, role, site, what works, and how the line is each way.
import { Mic, MicOff, Video, VideoOff } from 'lucide'

import { cancelInvitation } from '../../app/people'
import { t } from '../../i18n'
import { mayInvite, place } from '../../session/people'
import { down, up } from '../../session/quality'
import * as store from '../../session/store'
import { personOf } from '../../session/view'
import type { View } from '../../session/view'
import type { Invitation, ParticipantId, Presence } from '../../session/wire.gen'
import { Avatar } from '../kit/Avatar'
import { Button } from '../kit/Button'
import { Icon } from '../kit/Icon'
import { GradeWord } from './Grade'
import { Volume } from './Volume'

export function PeoplePanel({ view }: { view: View }) {
  return (
    <ul class="people" aria-label={t('people.list')}>
      {view.state.participants.map((seat) => (
        <Seat key={seat.participant} seat={seat} view={view} />
      ))}
      {view.state.invitations.map((invitation) => (
        <BeingRung key={invitation.callee.account} invitation={invitation} view={view} />
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
        <p class="quiet small">{`${t(`role.${person.role}`)} · ${place(person)}`}</p>
        {seat.connected ? (
          <p class="seat-lines small">
            <GradeWord direction="up" grade={up(quality)} />
            <GradeWord direction="down" grade={down(quality)} />
          </p>
        ) : (
          <p class="small amber-text">{t('call.cut_off')}</p>
        )}
        {seat.participant !== view.me && seat.microphone && <Volume who={seat.participant} name={person.name} />}
      </div>
    </li>
  )
}

/** Somebody who is asked in right now, and by whom. */
function BeingRung({ invitation: { callee, by }, view }: { invitation: Invitation; view: View }) {
  const inviter = personOf(view.state, by as ParticipantId)?.name
  return (
    <li class="away">
      <Avatar name={callee.name} />
      <div class="grow">
        <p class="seat-name">
          <strong class="grow one-line">{callee.name}</strong>
        </p>
        <p class="quiet small">{place(callee)}</p>
        <p class="small being-rung">{inviter ? t('invite.rings_by', { name: inviter }) : t('invite.rings')}</p>
        {mayInvite(view.state, store.me.value) && (
          <Button label={`${t('invite.cancel')}: ${callee.name}`} onPress={() => void cancelInvitation(callee.account)}>
            {t('invite.cancel')}
          </Button>
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
