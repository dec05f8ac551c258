// Who was there at this moment, and who had been.
import { useComputed } from '@preact/signals'
import { Mic, MicOff, Video, VideoOff } from 'lucide'
import type { IconNode } from 'lucide'

import { t } from '../i18n'
import { place } from '../session/people'
import type { View } from '../session/view'
import type { Presence } from '../session/wire.gen'
import { TalkMark } from '../ui/call/TalkMark'
import { Avatar } from '../ui/kit/Avatar'
import { Icon } from '../ui/kit/Icon'
import type { Replay } from './replay'

export function People({ replay, view }: { replay: Replay; view: View }) {
  const { participants, departed } = view.state
  return (
    <ul class="replay-people">
      {participants.length === 0 && <li class="quiet">{t('replay.nobody')}</li>}
      {participants.map((seat) => (
        <Seat key={seat.participant} replay={replay} seat={seat} here />
      ))}
      {departed.map((seat) => (
        <Seat key={seat.participant} replay={replay} seat={seat} />
      ))}
    </ul>
  )
}

function Seat({ replay, seat, here = false }: { replay: Replay; seat: Presence; here?: boolean }) {
  const { person, connected, microphone, camera } = seat
  const talks = useComputed(() => here && replay.talks(seat.participant)).value
  return (
    <li>
      <Avatar name={person.name} />
      <div class="grow">
        <p>
          <strong>{person.name}</strong> {talks && <TalkMark />}
        </p>
        <p class="quiet small">{[t(`role.${person.role}`), place(person)].filter(Boolean).join(' · ')}</p>
        {!here && <p class="quiet small">{t('replay.gone')}</p>}
        {here && !connected && <p class="amber-text small">{t('replay.away')}</p>}
        {here && connected && (
          <ul class="replay-devices small">
            <Device on={microphone} words={t('call.microphone')} icons={[MicOff, Mic]} />
            <Device on={camera} words={t('call.camera')} icons={[VideoOff, Video]} />
          </ul>
        )}
      </div>
    </li>
  )
}

function Device({ on, words, icons }: { on: boolean; words: string; icons: [IconNode, IconNode] }) {
  return (
    <li class={on ? '' : 'quiet'}>
      <Icon of={icons[on ? 1 : 0]} size={16} />
      {`${words}: ${t(on ? 'call.on' : 'call.off')}`}
    </li>
  )
}
