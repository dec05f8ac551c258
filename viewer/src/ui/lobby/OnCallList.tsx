// Who can be reached now.
import { t } from '../../i18n'
import * as store from '../../session/store'
import { Avatar } from '../kit/Avatar'
import { clockTime } from '../words'

export function OnCallList() {
  const onCall = store.lobby.value?.on_call ?? []
  return (
    <section class="card" aria-labelledby="on-call-title">
      <h2 id="on-call-title">{t('lobby.on_call')}</h2>
      {onCall.length === 0 && <p class="quiet">{t('lobby.nobody')}</p>}
      <ul class="rows">
        {onCall.map(({ person, since, busy }) => (
          <li key={person.account}>
            <Avatar name={person.name} />
            <p class="grow">
              <strong>{person.name}</strong>
              <span class="quiet small">{person.site}</span>
              <span class="quiet small">{t('lobby.since', { time: clockTime(since) })}</span>
            </p>
            <span class={`pill ${busy ? 'amber' : 'ok'}`}>{busy ? t('lobby.in_consultation') : t('lobby.free')}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
