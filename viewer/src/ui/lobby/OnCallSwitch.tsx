// The specialist's one decision in the lobby: can I be rung.
import { Bell, BellOff } from 'lucide'

import { setOnCall } from '../../app/lobby'
import { t } from '../../i18n'
import { silent, wakeAudio } from '../../rtc/level'
import * as store from '../../session/store'
import { Button } from '../kit/Button'
import { Icon } from '../kit/Icon'
import { Strip } from '../kit/Strip'

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
        <p class="quiet">{t(`on_call.${state}_help`)}</p>
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
