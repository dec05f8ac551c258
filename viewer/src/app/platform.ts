// What the machine under the page is told: keep the screen on, and what the sound is for (iPhone, iPad).
import { effect } from '@preact/signals'

import { followSight, keepScreenOn } from '../rtc/wakelock'
import * as store from '../session/store'

const IN_CALL: readonly store.Page[] = ['ringing', 'incoming', 'call']

/** A phone or tablet: held in the hand, asleep when it is not looked at. */
export function handheld(): boolean {
  return globalThis.matchMedia?.('(pointer: coarse) and (hover: none)').matches ?? false
}

export function followPage(): void {
  followSight()
  effect(() => {
    const calls = IN_CALL.includes(store.page.value)
    // A computer rings with its screen locked, and a hospital's must lock: there only a call keeps the screen on.
    const waits = handheld() && store.page.value === 'lobby' && (store.lobby.value?.am_on_call ?? false)
    keepScreenOn(calls || waits)
    setAudioSession(calls ? 'play-and-record' : 'auto')
  })
}

/** Safari ≥ 16.4: a call's sound goes on beside other sounds, and is not cut by the silent switch. */
function setAudioSession(type: 'auto' | 'play-and-record'): void {
  const { audioSession } = navigator as Navigator & { audioSession?: { type: string } }
  if (audioSession) audioSession.type = type
}
