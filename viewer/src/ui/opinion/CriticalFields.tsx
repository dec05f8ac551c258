// Whether there is a critical value; and if so who was told of it, and when: now, unless it is changed.
import { TriangleAlert, UserCheck } from 'lucide'

import { change } from '../../app/opinion'
import { t } from '../../i18n'
import { serverNow } from '../../session/clock'
import type { Draft } from '../../session/opinions'
import { MAX_LENGTH } from '../../session/wire.gen'
import type { Person } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Icon } from '../kit/Icon'

export function CriticalFields({ draft, requester }: { draft: Draft; requester: Person }) {
  return (
    <fieldset class="field critical-fields">
      <legend>{t('opinion.critical')}</legend>
      <div class="choices">
        {[false, true].map((value) => (
          <label key={String(value)} class={value ? 'choice emergency' : 'choice'}>
            <input
              type="radio"
              name="critical"
              checked={draft.critical === value}
              onChange={() => change({ critical: value })}
            />
            <span>
              {value && <Icon of={TriangleAlert} />}
              {value ? t('opinion.yes') : t('opinion.no')}
            </span>
          </label>
        ))}
      </div>
      {draft.critical && <Told draft={draft} requester={requester} />}
    </fieldset>
  )
}

function Told({ draft, requester }: { draft: Draft; requester: Person }) {
  const at = draft.told_at || serverNow()
  const told = (told_to: string): void => change({ told_to, told_at: draft.told_at || Math.floor(serverNow()) })
  return (
    <div class="told">
      <label class="field">
        <span>{t('opinion.told_to')}</span>
        <input
          type="text"
          maxLength={MAX_LENGTH.Name}
          autoComplete="off"
          value={draft.told_to}
          onInput={(event) => told(event.currentTarget.value)}
        />
      </label>
      {draft.told_to !== requester.name && (
        <Button icon={UserCheck} onPress={() => told(requester.name)}>
          {requester.name}
        </Button>
      )}
      {draft.told_to ? (
        <label class="field">
          <span>{t('opinion.told_at')}</span>
          <input
            type="datetime-local"
            value={localTime(at)}
            onChange={(event) => change({ told_at: unixMs(event.currentTarget.value) })}
          />
        </label>
      ) : (
        <p class="amber-text small">{t('opinion.tell_now')}</p>
      )}
    </div>
  )
}

/** Unix ms as `datetime-local` wants it: the wall clock here, in minutes. */
export function localTime(unixMs: number): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  const date = new Date(unixMs)
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`
}

/** 0 = no time: then it is now. */
export function unixMs(local: string): number {
  const at = new Date(local).getTime()
  return Number.isFinite(at) ? at : 0
}
