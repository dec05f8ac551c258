// The main picture, whole and untouched: its caption stands below it, not on it. Double-click = full screen.
import { Maximize, MicOff, Pin, PinOff } from 'lucide'
import { useRef } from 'preact/hooks'

import { t } from '../../i18n'
import * as store from '../../session/store'
import { others } from '../../session/view'
import type { Shown, View } from '../../session/view'
import { Avatar } from '../kit/Avatar'
import { Icon } from '../kit/Icon'
import { pinned } from './panel'
import { RemoteVideo } from './RemoteVideo'

export function Stage({ view, staged }: { view: View; staged: Shown | null }) {
  const frame = useRef<HTMLDivElement>(null)
  if (!staged) return <EmptyStage view={view} />
  const fullScreen = (): void => {
    if (document.fullscreenElement) void document.exitFullscreen()
    else void frame.current?.requestFullscreen?.().catch(() => undefined) // iPhones have none
  }
  const kept = pinned.value === staged.track.track
  return (
    <figure class="stage">
      <div ref={frame} class="stage-frame" onDblClick={fullScreen}>
        <RemoteVideo key={staged.track.track} view={view} shown={staged} large />
      </div>
      <figcaption>
        <span class="grow one-line">
          <strong>{staged.owner.person.name}</strong>
          <span class="quiet">{` · ${t(`purpose.${staged.track.purpose}`)} · ${staged.owner.person.site}`}</span>
        </span>
        {staged.track.purpose === 'face' && !staged.owner.microphone && (
          <span class="muted-mark" title={t('call.muted')}>
            <Icon of={MicOff} />
            <span class="spoken">{t('call.muted')}</span>
          </span>
        )}
        <button
          type="button"
          class="button plain only-icon"
          aria-pressed={kept}
          aria-label={kept ? t('call.unpin') : t('call.pin')}
          title={kept ? t('call.unpin') : t('call.pin')}
          onClick={() => (pinned.value = kept ? null : staged.track.track)}
        >
          <Icon of={kept ? PinOff : Pin} />
        </button>
        <button
          type="button"
          class="button plain only-icon"
          aria-label={t('call.full_screen')}
          title={t('call.full_screen')}
          onClick={fullScreen}
        >
          <Icon of={Maximize} />
        </button>
      </figcaption>
    </figure>
  )
}

function EmptyStage({ view }: { view: View }) {
  const company = others(view)
  const first = company[0]
  return (
    <figure class="stage">
      <div class="stage-frame">
        <div class="no-picture">
          {first ? <Avatar name={first.person.name} size="large" /> : null}
          <p class="quiet">{emptyWords(company.length > 0)}</p>
        </div>
      </div>
    </figure>
  )
}

function emptyWords(company: boolean): string {
  if (!company) return t('call.alone')
  return store.health.value === 'blocked' || store.health.value === 'unavailable' ? '' : t('call.waiting_picture')
}
