// The controls: what I send, the chat, the rest; and apart from them, red, the end. Names never change, states do.
import {
  DoorOpen,
  Ellipsis,
  Gauge,
  Languages,
  MessageSquare,
  Mic,
  MicOff,
  MonitorSmartphone,
  PhoneOff,
  SlidersHorizontal,
  UserPlus,
  Video,
  VideoOff,
} from 'lucide'
import type { IconNode } from 'lucide'

import { hangUp, leave } from '../../app/call'
import { sending, toggle } from '../../app/devices'
import { maySpeak } from '../../app/roles'
import { language, speak, t } from '../../i18n'
import { isPrincipal, mayInvite } from '../../session/people'
import * as store from '../../session/store'
import { Icon } from '../kit/Icon'
import { Menu } from '../kit/Menu'
import type { MenuItem } from '../kit/Menu'
import { dialog, panel, unread } from './panel'

export function Bar() {
  const role = store.me.value?.role ?? 'observer'
  return (
    <footer class="bar" aria-label={t('call.actions')}>
      <div class="bar-controls">
        {maySpeak(role) && (
          <>
            <DeviceControl device="microphone" on={Mic} off={MicOff} />
            <DeviceControl device="camera" on={Video} off={VideoOff} />
          </>
        )}
        <ChatControl />
        <Menu label={t('call.more')} icon={Ellipsis} items={moreItems()} />
      </div>
      <button type="button" class="control hang-up" onClick={hangUp}>
        <Icon of={PhoneOff} />
        <span>{t('call.hang_up')}</span>
      </button>
    </footer>
  )
}

function DeviceControl({ device, on, off }: { device: 'microphone' | 'camera'; on: IconNode; off: IconNode }) {
  const active = sending.value[device]
  const broken = store.devices.value[device].state === 'problem'
  const state = active ? 'on' : broken ? 'not_there' : 'off'
  return (
    <button
      type="button"
      class={`control ${state}`}
      aria-label={t(`call.${device}`)}
      aria-pressed={active}
      onClick={() => toggle(device)}
    >
      <Icon of={active ? on : off} />
      <span>{t(`call.${device}`)}</span>
      <small>{t(`call.${state}`)}</small>
    </button>
  )
}

function ChatControl() {
  const open = panel.value === 'chat'
  const count = unread.value
  return (
    <button
      type="button"
      class={`control${open ? ' open' : ''}`}
      aria-label={t('call.chat')}
      aria-pressed={open}
      aria-description={count > 0 ? t('chat.unread', { count }) : undefined}
      onClick={() => (panel.value = open ? 'people' : 'chat')}
    >
      <Icon of={MessageSquare} />
      <span>{t('call.chat')}</span>
      {count > 0 && <span class="badge">{Math.min(count, 99)}</span>}
    </button>
  )
}

function moreItems(): MenuItem[] {
  const state = store.view.value?.state
  const me = store.me.value
  const other = language.value === 'en' ? 'zh-CN' : 'en'
  const invite: MenuItem = {
    id: 'invite',
    words: t('invite.open'),
    icon: UserPlus,
    act: () => (dialog.value = 'invite'),
  }
  const items: MenuItem[] = [
    ...(state && mayInvite(state, me) ? [invite] : []),
    { id: 'devices', words: t('call.choose_devices'), icon: SlidersHorizontal, act: () => (dialog.value = 'devices') },
    { id: 'figures', words: t('call.figures'), icon: Gauge, act: () => (dialog.value = 'figures') },
    {
      id: 'elsewhere',
      words: t('elsewhere.open'),
      icon: MonitorSmartphone,
      act: () => (dialog.value = 'elsewhere'),
    },
    { id: 'language', words: t('language.other'), icon: Languages, act: () => void speak(other) },
  ]
  if (state && isPrincipal(state, me)) items.push({ id: 'leave', words: t('call.leave'), icon: DoorOpen, act: leave })
  return items
}
