// What is wrong right now, the worst first, each with its remedy. At most two lines: more nobody reads.
import { Volume2 } from 'lucide'
import type { ComponentChildren } from 'preact'

import { answer, decline } from '../../app/lobby'
import { rejoin } from '../../app/media'
import { link } from '../../app/wire'
import { t } from '../../i18n'
import * as store from '../../session/store'
import { others } from '../../session/view'
import type { View } from '../../session/view'
import { Button } from '../kit/Button'
import { Strip } from '../kit/Strip'
import { DeviceProblem } from '../lobby/DeviceCheck'
import { StoppingStrip } from '../kit/StoppingStrip'
import { opinionNews } from './OpinionNews'
import { freeSound } from './Sounds'

const SHOWN = 2

export function Strips({ view }: { view: View }) {
  const lines = [rings(), opinionNews(view), sound(), stopping(), line(), media(), gone(view)].filter(
    (strip) => strip !== null,
  )
  return (
    <div class="strips">
      {lines.slice(0, SHOWN)}
      {lines.length < SHOWN && <DeviceProblem />}
    </div>
  )
}

/** Somebody rings me in the middle of a consultation: only what cannot wait does. */
function rings(): ComponentChildren | null {
  const ringing = store.incoming.value?.call
  if (!ringing) return null
  const { requester, urgency, reason, kind, inviter } = ringing
  const values = { name: requester.name, urgency: t(`urgency.${urgency}`), reason, inviter: inviter?.name ?? '' }
  const words = t(kind === 'invitation' ? 'strip.invites' : 'strip.rings', values)
  return (
    <Strip key="rings" tone="bad" words={words}>
      <Button onPress={() => void decline('busy', '')}>{t('incoming.decline')}</Button>
      <Button tone="ok" onPress={() => void answer()}>
        {t('incoming.answer')}
      </Button>
    </Strip>
  )
}

function stopping(): ComponentChildren | null {
  return store.stopping.value && <StoppingStrip key="stopping" where="strip" />
}

function sound(): ComponentChildren | null {
  if (!store.soundBlocked.value) return null
  return (
    <Strip key="sound" tone="warn" words={t('strip.sound')}>
      <Button tone="primary" size="large" icon={Volume2} onPress={freeSound}>
        {t('strip.sound_on')}
      </Button>
    </Strip>
  )
}

function line(): ComponentChildren | null {
  if (store.linkStatus.value === 'open') return null
  return (
    <Strip key="link" tone="warn" words={t('strip.link')}>
      {store.linkStatus.value === 'waiting' && <Button onPress={() => link.retryNow()}>{t('strip.link_now')}</Button>}
    </Strip>
  )
}

function media(): ComponentChildren | null {
  const health = store.health.value
  switch (health) {
    case 'connecting':
      return <Strip key="media" tone="info" words={t('strip.connecting')} />
    case 'interrupted':
      return (
        <Strip key="media" tone="warn" words={t('strip.interrupted')} code="media_interrupted">
          <Button onPress={() => rejoin(true)}>{t('strip.again')}</Button>
        </Strip>
      )
    case 'blocked':
      return <Blocked key="media" />
    case 'unavailable':
      return <Strip key="media" tone="bad" words={t('strip.unavailable')} code="media_unavailable" />
    default:
      return null
  }
}

function Blocked() {
  const ports = store.mediaPorts.value
  const port = ports.join(', ')
  const words = ports.length > 0 ? t('strip.blocked', { port }) : t('strip.blocked_no_port')
  return (
    <Strip tone="bad" words={words} code={port ? `network_blocked ${port}` : 'network_blocked'}>
      <Button onPress={() => rejoin(true)}>{t('strip.again')}</Button>
    </Strip>
  )
}

function gone(view: View): ComponentChildren | null {
  const missing = others(view).find((seat) => !seat.connected)
  return missing ? <Strip key="gone" tone="warn" words={t('strip.gone', { name: missing.person.name })} /> : null
}
