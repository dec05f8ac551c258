// The specialist's one decision in the lobby: can I be rung.
import { Bell, BellOff } from 'lucide'

import { setOnCall } from '../../app/lobby'
import { handheld } from '../../app/platform'
import { t } from '../../i18n'
import { silent, wakeAudio } from '../../rtc/level'
import { screenStaysOn } from '../../rtc/wakelock'
import * as store from '../../session/store'
import { Button } from '../kit/Button'
import { Icon } from '../kit/Icon'
import { Strip } from '../kit/Strip'
import { clockTime } from '../words'

/** My shift, if it is running: why I am on call by itself, or that I am missed. */
function MyShift({ on }: { on: boolean }) {
  const { me, on_call = [], unreachable = [] } = store.lobby.value ?? {}
  const mine = (one: { person: { account: string } }): boolean => one.person.account === me?.account
  const end = on_call.find(mine)?.on_duty_until ?? unreachable.find(mine)?.until ?? 0
  if (!end) return null
  return <p class="small">{t(on ? 'on_call.duty_on' : 'on_call.duty_off', { time: clockTime(end) })}</p>
}

/** A phone or tablet sleeps when nobody looks at it, and a sleeping page does not ring: there, that and nothing else. */
function help(on: boolean): string {
  if (!on) return t('on_call.off_help')
  if (!handheld()) return t('on_call.on_help')
  return t(screenStaysOn.value ? 'on_call.phone' : 'on_call.phone_screen')
}

export function OnCallSwitch() {
  const on = store.lobby.value?.am_on_call ?? false
  const state = on ? 'on' : 'off'
  return (
    <section class={`card on-call ${state}`}>
      <span class="on-call-mark">
        <Icon of={on ? Bell : BellOff} size={28} />
      </span>
      <div class="grow">
        <h1>{t(`on_call.${state}_title`)}</h1>
        <p class="quiet">{help(on)}</p>
        <MyShift on={on} />
      </div>
      <button
        type="button"
        role="switch"
        class="switch"
        aria-checked={on}
        aria-busy={store.busy.value === 'on_call' || undefined}
        onClick={() => void setOnCall(!on)}
      >
        <span class="switch-track" aria-hidden="true">
          <span class="switch-knob" />
        </span>
        <span>{t('on_call.switch')}</span>
      </button>
      {on && silent.value && (
        <Strip tone="warn" words={t('on_call.silent')}>
          <Button tone="primary" onPress={wakeAudio}>
            {t('on_call.wake')}
          </Button>
        </Strip>
      )}
    </section>
  )
}
