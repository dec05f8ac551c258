// The caller waits: who is rung, since when, who is next, and a way out.
import { X } from 'lucide'
import { useEffect } from 'preact/hooks'

import { cancel } from '../../app/lobby'
import { t } from '../../i18n'
import { startRing } from '../../rtc/sounds'
import { place } from '../../session/people'
import * as store from '../../session/store'
import type { Ring } from '../../session/wire.gen'
import { Avatar } from '../kit/Avatar'
import { Button } from '../kit/Button'
import { useNow } from '../kit/clock'
import { LanguageSwitch } from '../kit/LanguageSwitch'
import { DeviceProblem } from '../lobby/DeviceCheck'
import { PatientCard } from './PatientCard'

export function Ringing() {
  const view = store.view.value
  useEffect(() => startRing(true), [])
  if (!view) return null
  const { ring, patient, reason, urgency, department, refused } = view.state
  return (
    <div class="page ringing">
      <div class="corner">
        <LanguageSwitch />
      </div>
      <main class="ring-column">
        <Rung ring={ring} />
        <Seconds zeroMs={view.me ? view.zeroMs + (ring?.started_t ?? 0) / 1000 : 0} />
        {ring && (
          <p class="quiet">
            {ring.following
              ? t('ringing.next', { name: ring.following.name })
              : t(department ? 'ringing.next_none_here' : 'ringing.next_none', { department })}
          </p>
        )}
        {refused.length > 0 && <p class="quiet">{t('ringing.tried', { count: refused.length })}</p>}
        {patient && <PatientCard patient={patient} reason={reason} urgency={urgency} />}
        <DeviceProblem />
        <Button tone="danger" size="large" icon={X} onPress={() => void cancel()}>
          {t('ringing.cancel')}
        </Button>
        <p class="quiet small">{t('ringing.stay')}</p>
      </main>
    </div>
  )
}

/** Who is being rung; between two rings, that somebody is looked for. */
function Rung({ ring }: { ring: Ring | null }) {
  if (!ring) {
    return (
      <>
        <div class="ring-face">
          <Avatar name="" size="large" />
        </div>
        <h1 aria-live="polite">{t('ringing.asking')}</h1>
      </>
    )
  }
  const { name, role } = ring.callee
  return (
    <>
      <div class="ring-face live">
        <Avatar name={name} size="large" />
      </div>
      <h1 aria-live="polite">{t('ringing.calling', { name })}</h1>
      <p class="quiet">{`${t(`role.${role}`)} · ${place(ring.callee)}`}</p>
    </>
  )
}

/** Nothing until the session clock is known. */
function Seconds({ zeroMs }: { zeroMs: number }) {
  const now = useNow()
  const seconds = zeroMs > 0 ? Math.max(0, Math.floor((now - zeroMs) / 1000)) : 0
  return <p class="seconds">{t('ringing.seconds', { seconds })}</p>
}
