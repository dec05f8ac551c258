// Before a call. Left: the one thing to do. Right: who can be reached, and what I have open.
import { ChartColumn, CirclePlay, ClipboardCheck, List } from 'lucide'
import { useEffect } from 'preact/hooks'

import { ahead } from '../../app/ahead'
import { preview } from '../../app/devices'
import { mayAnswer, mayCall, mayReview, mayTakePart } from '../../app/roles'
import { t } from '../../i18n'
import * as store from '../../session/store'
import type { Role } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Strip } from '../kit/Strip'
import { StoppingStrip } from '../kit/StoppingStrip'
import { Notice } from '../Notice'
import { rememberSite } from '../signin/SignIn'
import { TopBar } from '../TopBar'
import { CallForm } from './CallForm'
import { DeviceCheck } from './DeviceCheck'
import { ElsewhereStrip } from './ElsewhereStrip'
import { MyConsultations } from './MyConsultations'
import { OnCallList } from './OnCallList'
import { OnCallSwitch } from './OnCallSwitch'
import { TaskStrip } from './TaskStrip'

export function Lobby() {
  const me = store.me.value
  const role = me?.role ?? 'observer'
  const usesDevices = mayCall(role) || mayAnswer(role)
  useEffect(() => {
    if (me) rememberSite(me.site)
    if (usesDevices) preview()
  }, [role])
  useEffect(() => (usesDevices ? ahead(() => import('../../dicom/drawing')) : undefined), [usesDevices])
  return (
    <div class="page">
      <TopBar person />
      <main class="lobby">
        <div class="lobby-strip">
          {store.linkStatus.value === 'waiting' && <Strip tone="warn" words={t('error.disconnected')} />}
          <StoppingStrip where="lobby" />
          <ElsewhereStrip />
          <Notice />
          <TaskStrip />
        </div>
        <div class="lobby-main">
          <FirstCard role={role} />
          {mayAnswer(role) && <DeviceCheck />}
        </div>
        {usesDevices && <Side role={role} />}
      </main>
    </div>
  )
}

/** What goes on is what one came back for: before all other lists. */
function Side({ role }: { role: Role }) {
  const goesOn = store.lobby.value?.consultations.some((brief) => brief.status === 'open')
  return (
    <aside class="lobby-side">
      {goesOn && <MyConsultations />}
      {mayCall(role) && <DeviceCheck />}
      <OnCallList />
      {!goesOn && <MyConsultations />}
    </aside>
  )
}

function FirstCard({ role }: { role: Role }) {
  if (mayCall(role)) {
    return (
      <>
        <h1 class="spoken">{t('page.lobby')}</h1>
        <CallForm />
      </>
    )
  }
  if (mayAnswer(role)) return <OnCallSwitch />
  if (mayTakePart(role)) return <MyConsultations title={t('lobby.plain_title')} help={t('lobby.plain')} />
  return (
    <section class="card words">
      <h1>{t('lobby.no_calls')}</h1>
      <p class="quiet">{t('lobby.no_calls_help')}</p>
      {mayReview(role) && (
        <>
          <Button tone="primary" size="large" icon={ClipboardCheck} onPress={() => (store.review.value = 'work')}>
            {t('lobby.reviews')}
          </Button>
          <Button icon={CirclePlay} onPress={() => (store.replays.value = true)}>
            {t('lobby.recordings')}
          </Button>
          <Button icon={ChartColumn} onPress={() => (store.review.value = 'dashboard')}>
            {t('lobby.figures')}
          </Button>
        </>
      )}
      <Button tone={mayReview(role) ? 'quiet' : 'primary'} icon={List} onPress={() => (store.listing.value = true)}>
        {t('lobby.of_institution')}
      </Button>
    </section>
  )
}
