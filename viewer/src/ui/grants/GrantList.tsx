// The grants that hold, each with a button that takes it back; below, folded, those that are over.
import { Building2, Plus, Undo2, UserRound } from 'lucide'

import { t } from '../../i18n'
import { isRunning } from '../../session/grants'
import type { Overview } from '../../session/grants'
import type { GrantState } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Icon } from '../kit/Icon'
import { stamp } from '../words'
import { parts, recipient } from './words'

interface ListProps {
  found: Overview
  onTakeBack: (one: GrantState) => void
}

export function GrantList({ found, onTakeBack }: ListProps) {
  const running = found.grants.filter((one) => isRunning(one, found.now))
  const over = found.grants.filter((one) => !isRunning(one, found.now))
  return (
    <>
      {running.length === 0 && <p role="status">{t('grants.nobody')}</p>}
      <ul class="rows">
        {running.map((one) => (
          <li key={one.grant.key} class="grant">
            <Whom one={one} />
            {found.may_give && (
              <Button
                icon={Undo2}
                label={t('grants.take_back_from', { who: recipient(one.grant) })}
                onPress={() => onTakeBack(one)}
              >
                {t('grants.take_back')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {over.length > 0 && (
        <details class="grants-over">
          <summary>{t('grants.over', { n: over.length })}</summary>
          <ul class="rows">
            {[...over].reverse().map((one) => (
              <li key={one.grant.key} class="grant quiet">
                <Whom one={one} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}

/** What holds in others of this patient's: given here by one press, once the patient was asked. Never by itself. */
export function Earlier({ found, onGive }: { found: Overview; onGive: (one: GrantState) => void }) {
  return (
    <>
      <h3>{t('grants.earlier.title')}</h3>
      <p class="quiet">{t('grants.earlier.means')}</p>
      <ul class="rows">
        {found.earlier.map((one) => (
          <li key={one.grant.key} class="grant">
            <Whom one={one} />
            <Button
              icon={Plus}
              label={t('grants.earlier.give_to', { who: recipient(one.grant) })}
              onPress={() => onGive(one)}
            >
              {t('grants.earlier.give')}
            </Button>
          </li>
        ))}
      </ul>
    </>
  )
}

function Whom({ one }: { one: GrantState }) {
  const { grant, giver, at, revoked_at: revoked } = one
  const end = revoked ? t('grants.taken_at', { time: stamp(revoked) }) : t('grants.until', { time: stamp(grant.until) })
  return (
    <>
      <Icon of={grant.account ? UserRound : Building2} />
      <p class="grow">
        <strong>{recipient(grant)}</strong>
        <span>{parts(grant.data)}</span>
        <span class={revoked ? '' : 'grant-until'}>{end}</span>
        <span class="quiet small">{t('grants.given', { who: giver.name, time: stamp(at) })}</span>
      </p>
    </>
  )
}
