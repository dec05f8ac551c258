// The keyboard in a consultation: which keys are on, and what each does.
import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

import { toggle } from '../../app/devices'
import { maySpeak } from '../../app/roles'
import { startScreen, stopScreen } from '../../app/sources'
import { canShare } from '../../rtc/capture'
import { actionOf, keyOf } from '../../session/keys'
import type { KeyAction, Press } from '../../session/keys'
import * as store from '../../session/store'
import { dialog, panel } from './panel'
import { toggleStageOnly } from './screen'

const KEPT_KEY = 'sefaw.keys'

export const keysOn = signal(globalThis.localStorage?.getItem(KEPT_KEY) !== 'off')

export function setKeysOn(on: boolean): void {
  keysOn.value = on
  localStorage.setItem(KEPT_KEY, on ? 'on' : 'off')
}

/** What a control says of its key: for its tooltip, and for screen readers. */
export function keyHint(action: KeyAction): { 'aria-keyshortcuts': string | undefined; hint: string } {
  const key = keysOn.value ? keyOf(action) : ''
  return { 'aria-keyshortcuts': key || undefined, hint: key && ` (${key})` }
}

export function useShortcuts(): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      const action = actionOf(pressOf(event), keysOn.value && dialog.value === null)
      if (!action) return
      event.preventDefault() // the letter must not land in a field that the action opens
      act(action)
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [])
}

export function toggleShare(): void {
  if (store.screen.value.state === 'on') stopScreen()
  else void startScreen()
}

function act(action: KeyAction): void {
  const speaks = maySpeak(store.me.value?.role ?? 'observer')
  switch (action) {
    case 'microphone':
    case 'camera':
      return speaks ? toggle(action) : undefined
    case 'probe':
      if (speaks) dialog.value = 'probe'
      return
    case 'share':
      return speaks && canShare() ? toggleShare() : undefined
    case 'chat':
      panel.value = panel.value === 'chat' ? 'people' : 'chat'
      return
    case 'full_screen':
      return toggleStageOnly()
    case 'help':
      dialog.value = 'keys'
  }
}

function pressOf(event: KeyboardEvent): Press {
  const { key, ctrlKey, altKey, metaKey, repeat, isComposing, target } = event
  const element = target instanceof HTMLElement ? target : document.body
  const inside = element.closest('[role=dialog]') ? 'dialog' : element.closest('[role=menu]') ? 'menu' : ''
  return {
    ...{ key, ctrlKey, altKey, metaKey, repeat, isComposing },
    target: {
      tag: element.tagName.toLowerCase(),
      role: element.getAttribute('role') ?? '',
      editable: element.isContentEditable,
      inside,
    },
  }
}
