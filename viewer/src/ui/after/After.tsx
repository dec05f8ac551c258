// After the call: what it was, when, how long, who, what to do now; one button back.
import { PhoneCall } from 'lucide'
import { useEffect, useState } from 'preact/hooks'

import { call } from '../../app/lobby'
import { mayCall } from '../../app/roles'
import { t } from '../../i18n'
import { summary } from '../../session/http'
import type { Summary } from '../../session/http'
import * as store from '../../session/store'
import type { Ended } from '../../session/store'
import { Button } from '../kit/Button'
import { TopBar } from '../TopBar'
import { dayTime, duration, endingOf, patientId, patientLine } from '../words'

export function After() {
  const ended = store.ended.value
  const heard = useSummary(ended)
  if (!ended) return null
  const ending = endingOf(ended.reason)
  const { patient, reason, urgency } = ended.view.state
  const again = mayCall(store.me.value?.role ?? 'observer') && ending !== 'done' && ending !== 'left' && patient
  const back = (): void => {
    store.ended.value = null
  }
  return (
    <div class="page">
      <TopBar person />
      <main class="centred">
        <section class="card after">
          <h1>{t(`after.title.${ending}`)}</h1>
          <p class="next">{t(`after.next.${ending}`)}</p>
          <dl class="summary">
            {rows(ended, heard).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          <div class="after-actions">
            <Button tone={again ? 'quiet' : 'primary'} size="large" onPress={back} autoFocus={!again}>
              {t('after.back')}
            </Button>
            {again && (
              <Button
                tone="primary"
                size="large"
                icon={PhoneCall}
                busy={store.busy.value === 'call'}
                autoFocus
                onPress={() => {
                  back()
                  void call(patient, reason, urgency)
                }}
              >
                {t('after.again')}
              </Button>
            )}
          </div>
          {ending === 'broken' && <small class="code">{t('after.code', { code: ended.reason })}</small>}
        </section>
      </main>
    </div>
  )
}

function useSummary(ended: Ended | null): Summary | null {
  const [heard, setHeard] = useState<Summary | null>(null)
  const consultation = ended?.view.consultation
  useEffect(() => {
    if (consultation) summary(consultation).then(setHeard, () => undefined) // what the page knows itself is enough
  }, [consultation])
  return heard
}

/** Unix ms by the server's clock where it was asked, else by the session clock and this machine's; 0 = never. */
function times(ended: Ended, heard: Summary | null): { requested: number; opened: number; closed: number } {
  const { state, zeroMs } = ended.view
  const zero = Date.now() - performance.now() + zeroMs
  const own = state.opened_t >= 0 ? zero + state.opened_t / 1000 : 0
  return {
    requested: heard?.requested_at || zero,
    opened: heard?.opened_at || own,
    closed: heard?.closed_at || ended.at,
  }
}

function rows(ended: Ended, heard: Summary | null): [string, string][] {
  const { state } = ended.view
  const { requested, opened, closed } = times(ended, heard)
  const people = [...state.participants, ...state.departed].map(({ person }) => `${person.name} · ${person.site}`)
  const found: [string, string][] = []
  if (state.patient) found.push([t('after.patient'), `${patientLine(state.patient)} · ${patientId(state.patient)}`])
  found.push([t('after.question'), state.reason])
  if (opened) found.push([t('after.with'), people.join('\n')])
  found.push([t('after.requested'), dayTime(requested)])
  found.push([t('after.opened'), opened ? dayTime(opened) : t('after.never')])
  found.push([t('after.closed'), dayTime(closed)])
  if (!opened) return [...found, [t('after.waited'), duration((closed - requested) / 1000)]]
  found.push([t('after.duration'), duration((closed - opened) / 1000)])
  found.push([t('after.messages'), String(state.chat.length)])
  return [...found, [t('after.recording'), t('call.not_recorded')]]
}
