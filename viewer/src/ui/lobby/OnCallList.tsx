// Who can be reached now, and whose shift it is although they cannot.
import { t } from '../../i18n'
import { place } from '../../session/people'
import * as store from '../../session/store'
import type { OnCall, OnDuty, Person } from '../../session/wire.gen'
import { Avatar } from '../kit/Avatar'
import { clockTime } from '../words'

export function OnCallList() {
  const onCall = store.lobby.value?.on_call ?? []
  const unreachable = store.lobby.value?.unreachable ?? []
  return (
    <section class="card" aria-labelledby="on-call-title">
      <h2 id="on-call-title">{t('lobby.on_call')}</h2>
      {onCall.length === 0 && <p class="quiet">{t('lobby.nobody')}</p>}
      <ul class="rows">
        {onCall.map((one) => (
          <Row key={one.person.account} person={one.person} words={sinceOrUntil(one)}>
            <span class={`pill ${one.busy ? 'amber' : 'ok'}`}>
              {one.busy ? t('lobby.in_consultation') : t('lobby.free')}
            </span>
          </Row>
        ))}
        {unreachable.map((one) => (
          <Row key={one.person.account} person={one.person} words={until(one)}>
            <span class="pill danger">{t('lobby.unreachable')}</span>
          </Row>
        ))}
      </ul>
    </section>
  )
}

function Row({ person, words, children }: { person: Person; words: string; children: preact.ComponentChildren }) {
  return (
    <li>
      <Avatar name={person.name} />
      <p class="grow">
        <strong>{person.name}</strong>
        <span class="quiet small">{place(person)}</span>
        <span class="quiet small">{words}</span>
      </p>
      {children}
    </li>
  )
}

function sinceOrUntil({ since, on_duty_until }: OnCall): string {
  return on_duty_until > 0
    ? t('lobby.on_duty_until', { time: clockTime(on_duty_until) })
    : t('lobby.since', { time: clockTime(since) })
}

function until({ until: end }: OnDuty): string {
  return t('lobby.on_duty_until', { time: clockTime(end) })
}
