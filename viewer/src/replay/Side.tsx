// Beside the stage (on a phone below it): everybody's picture, and what was said, done and noted.
import * as tabs from '@zag-js/tabs'
import { normalizeProps, useMachine } from '@zag-js/preact'
import { signal, useComputed } from '@preact/signals'
import { Images, MicOff } from 'lucide'
import { useId } from 'preact/hooks'

import { t } from '../i18n'
import * as store from '../session/store'
import type { Shown, View } from '../session/view'
import { TalkMark } from '../ui/call/TalkMark'
import { Icon } from '../ui/kit/Icon'
import { Chat } from './Chat'
import { pinned } from './looks'
import { Moments } from './Moments'
import { Notes } from './Notes'
import { People } from './People'
import type { Replay } from './replay'
import { useLooks } from './Stage'
import { TrackPicture } from './TrackPicture'

const TABS = { moments: Moments, chat: Chat, people: People, notes: Notes }
type Tab = keyof typeof TABS
const tab = signal<Tab>('moments')

interface Props {
  replay: Replay
  view: View
}

export function Side(props: Props) {
  return (
    <aside class="rail replay-side">
      <Tiles {...props} />
      <Panels {...props} />
    </aside>
  )
}

/** Notes are a reviewer's own. */
function offered(): Tab[] {
  const all = Object.keys(TABS) as Tab[]
  return store.me.value?.role === 'reviewer' ? all : all.filter((one) => one !== 'notes')
}

function Panels(props: Props) {
  const names = offered()
  const service = useMachine(tabs.machine, {
    id: useId(),
    value: tab.value,
    onValueChange: ({ value }) => (tab.value = names.find((one) => one === value) ?? 'moments'),
  })
  const api = tabs.connect(service, normalizeProps)
  return (
    <div {...api.getRootProps()} class="panels">
      <div {...api.getListProps()} class="tabs">
        {names.map((one) => (
          <button key={one} {...api.getTriggerProps({ value: one })} class="tab">
            {t(`replay.tab.${one}`)}
          </button>
        ))}
      </div>
      {names.map((one) => {
        const Panel = TABS[one]
        return (
          <div key={one} {...api.getContentProps({ value: one })} class="panel">
            {tab.value === one && <Panel {...props} />}
          </div>
        )
      })}
    </div>
  )
}

function Tiles(props: Props) {
  const { tiles, picturesAside } = useLooks(props)
  return (
    <ul class={`faces${tiles.length + (picturesAside ? 1 : 0) > 1 ? ' several' : ''}`} aria-label={t('call.faces')}>
      {picturesAside && (
        <li class="face">
          <button
            type="button"
            class="face-press pictures-tile"
            aria-label={`${t('call.pin')}: ${t('call.pictures')}`}
            onClick={() => (pinned.value = 'pictures')}
          >
            <Icon of={Images} size={28} />
          </button>
          <p class="face-caption">
            <span class="one-line">{t('call.pictures')}</span>
          </p>
        </li>
      )}
      {tiles.map((one) => (
        <Tile key={one.track.track} replay={props.replay} shown={one} />
      ))}
    </ul>
  )
}

function Tile({ replay, shown }: { replay: Replay; shown: Shown }) {
  const { track, owner } = shown
  const face = track.purpose === 'face'
  const talks = useComputed(() => face && replay.talks(owner.participant)).value
  const caption = face ? owner.person.name : `${t(`purpose.${track.purpose}`)} · ${owner.person.name}`
  return (
    <li class={`face${talks ? ' talks' : ''}`}>
      <button
        type="button"
        class="face-press"
        aria-label={`${t('call.pin')}: ${caption}`}
        onClick={() => (pinned.value = track.track)}
      >
        <TrackPicture replay={replay} shown={shown} />
      </button>
      <p class="face-caption">
        <span class="one-line">{caption}</span>
        {talks && <TalkMark />}
        {face && !owner.microphone && (
          <span class="muted-mark">
            <Icon of={MicOff} size={16} />
            <span class="spoken">{t('call.muted')}</span>
          </span>
        )}
      </p>
    </li>
  )
}
