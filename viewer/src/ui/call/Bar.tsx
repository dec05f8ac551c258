// The controls: what I send, the chat, the rest; and apart from them, red, the end. Names never change, states do.
import {
  AudioLines,
  DoorOpen,
  Ellipsis,
  Gauge,
  Keyboard,
  Languages,
  MessageSquare,
  Mic,
  MicOff,
  MonitorSmartphone,
  Monitor,
  MonitorUp,
  PhoneOff,
  ScanLine,
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
import { canShare } from '../../rtc/capture'
import type { KeyAction } from '../../session/keys'
import * as store from '../../session/store'
import { Icon } from '../kit/Icon'
import { Menu } from '../kit/Menu'
import type { MenuItem } from '../kit/Menu'
import { dialog, follows, panel, unread } from './panel'
import { keyHint, toggleShare } from './shortcuts'

export function Bar() {
  const role = store.me.value?.role ?? 'observer'
  return (
    <footer class="bar" aria-label={t('call.actions')}>
      <div class="bar-controls">
        {maySpeak(role) && (
          <>
            <DeviceControl device="microphone" on={Mic} off={MicOff} />
            <DeviceControl device="camera" on={Video} off={VideoOff} />
            <ProbeControl />
            {canShare() && <ShareControl />}
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

interface ControlProps {
  words: string
  /** Where a thumb's width is all there is. */
  short?: string
  action: KeyAction
  icon: IconNode
  state: 'on' | 'off' | 'not_there' | 'idle'
  onPress: () => void
}

/** `idle`: not on, and nothing is missing by that. */
function Control({ words, short = words, action, icon, state, onPress }: ControlProps) {
  const { hint, ...key } = keyHint(action)
  return (
    <button
      type="button"
      class={`control ${state}`}
      aria-label={words}
      aria-pressed={state === 'on'}
      aria-description={state === 'not_there' ? t('call.not_there') : undefined}
      title={`${words}${hint}`}
      onClick={onPress}
      {...key}
    >
      <Icon of={icon} />
      <span class="long-word">{words}</span>
      {/* Drawn by the style: to a screen reader the name stays the label, and `aria-pressed` says the state. */}
      <span class="short-word" data-words={short} />
      <small data-words={t(`call.${state === 'idle' ? 'off' : state}`)} />
    </button>
  )
}

function DeviceControl({ device, on, off }: { device: 'microphone' | 'camera'; on: IconNode; off: IconNode }) {
  const active = sending.value[device]
  const broken = store.devices.value[device].problem !== undefined
  const state = active ? 'on' : broken ? 'not_there' : 'off'
  const icon = active ? on : off
  return (
    <Control
      words={t(`call.${device}`)}
      short={t(`call.${device}_short`)}
      action={device}
      icon={icon}
      state={state}
      onPress={() => toggle(device)}
    />
  )
}

function ProbeControl() {
  const state = store.probe.value.state === 'on' ? 'on' : 'idle'
  const open = (): void => void (dialog.value = 'probe')
  return <Control words={t('call.probe')} action="probe" icon={ScanLine} state={state} onPress={open} />
}

function ShareControl() {
  const on = store.screen.value.state === 'on'
  const icon = on ? MonitorUp : Monitor
  return <Control words={t('call.share')} action="share" icon={icon} state={on ? 'on' : 'idle'} onPress={toggleShare} />
}

function ChatControl() {
  const open = panel.value === 'chat'
  const count = unread.value
  const { hint, ...key } = keyHint('chat')
  return (
    <button
      type="button"
      class={`control${open ? ' open' : ''}`}
      aria-label={t('call.chat')}
      title={`${t('call.chat')}${hint}`}
      {...key}
      aria-pressed={open}
      aria-description={count > 0 ? t('chat.unread', { count }) : undefined}
      onClick={() => (panel.value = open ? 'people' : 'chat')}
    >
      <Icon of={MessageSquare} />
      <span>{t('call.chat')}</span>
      {count > 0 && <span class="badge" data-words={Math.min(count, 99)} />}
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
    { id: 'keys', words: t('call.keys'), icon: Keyboard, act: () => (dialog.value = 'keys') },
    {
      id: 'follow',
      words: t(follows.value ? 'call.follow_stop' : 'call.follow'),
      icon: AudioLines,
      act: () => (follows.value = !follows.value),
    },
    { id: 'language', words: t('language.other'), icon: Languages, act: () => void speak(other) },
  ]
  if (state && isPrincipal(state, me)) items.push({ id: 'leave', words: t('call.leave'), icon: DoorOpen, act: leave })
  return items
}
