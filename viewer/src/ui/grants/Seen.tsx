// Who looked at it, the newest first: what they opened, what for, and who was turned away and why.
import { Ban, Check } from 'lucide'

import { known, t } from '../../i18n'
import type { Accessed, ExportedHere } from '../../session/wire.gen'
import { Icon } from '../kit/Icon'
import { stamp } from '../words'

export function Seen({ accesses }: { accesses: readonly (Accessed | ExportedHere)[] }) {
  return (
    <section class="card grants" aria-labelledby="grants-seen">
      <h2 id="grants-seen">{t('grants.seen.title')}</h2>
      <p class="quiet small">{t('grants.seen.hint')}</p>
      {accesses.length === 0 && <p>{t('grants.seen.nobody')}</p>}
      <ul class="rows">
        {accesses.map((one, index) =>
          one.type === 'accessed' ? (
            <Line key={`${one.at} ${index}`} one={one} />
          ) : (
            <OnTheMachine key={`${one.at} ${index}`} one={one} />
          ),
        )}
      </ul>
    </section>
  )
}

function Line({ one }: { one: Accessed }) {
  const { person, allowed, kind, purpose } = one
  return (
    <li class="grant">
      <span class={allowed ? 'seen-ok' : 'seen-no'}>
        <Icon of={allowed ? Check : Ban} />
      </span>
      <p class="grow">
        <strong>{person.name}</strong>
        <span class="quiet">{`${t(`role.${person.role}`)} · ${person.site}`}</span>
        <span>{[t(`grants.kind.${kind}`), t(`grants.purpose.${purpose}`)].join(' · ')}</span>
        {!allowed && <span class="seen-no">{`${t('grants.seen.refused')}: ${ground(one)}`}</span>}
        <span class="quiet small">{stamp(one.at)}</span>
      </p>
    </li>
  )
}

function OnTheMachine({ one }: { one: ExportedHere }) {
  return (
    <li class="grant">
      <span class="seen-ok">
        <Icon of={Check} />
      </span>
      <p class="grow">
        <strong>{one.user}</strong>
        <span class="quiet">{t('grants.seen.machine')}</span>
        <span>{t(`grants.kind.${one.kind}`)}</span>
        <span>{t('grants.seen.why', { why: one.why })}</span>
        <span class="quiet small">{stamp(one.at)}</span>
      </p>
    </li>
  )
}

function ground({ ground }: Accessed): string {
  return t(known(`grants.ground.${ground}`) ? `grants.ground.${ground}` : 'grants.ground.other')
}
