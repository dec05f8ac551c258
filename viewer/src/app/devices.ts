// The camera and microphone of this page: opened in the lobby and while it rings, kept through a call, let go after.
import { computed, effect } from '@preact/signals'

import { t } from '../i18n'
import { Devices } from '../rtc/devices'
import * as store from '../session/store'
import { maySpeak } from './roles'
import { link } from './wire'

const LOBBY_PREVIEW_MS = 120_000 // nobody sits before a running camera all day: the preview ends by itself

export const devices = new Devices({
  changed: (state) => (store.devices.value = state),
  news: ({ what, kind, label }) => {
    const values = { device: label || t('devices_dialog.default') }
    store.notice.value = { kind: `device_news.${what}.${kind}`, tone: what === 'fell' ? 'warn' : 'info', values }
  },
})

/** What the others are told: the device works *and* I want it on. */
export const sending = computed(() => ({ microphone: works('microphone'), camera: works('camera') }))

function works(kind: 'microphone' | 'camera'): boolean {
  const { state, problem } = store.devices.value[kind]
  return state === 'on' && !problem && store.wanted.value[kind]
}

let endPreview: ReturnType<typeof setTimeout> | undefined

/** The device check: never waited for, never a gate. */
export function preview(): void {
  clearTimeout(endPreview)
  void devices.open()
  endPreview = setTimeout(() => {
    const page = store.page.value
    if (page === 'lobby' || page === 'sign_in') devices.close()
  }, LOBBY_PREVIEW_MS)
}

export function openForCall(): void {
  clearTimeout(endPreview)
  if (maySpeak(store.me.value?.role ?? 'observer')) void devices.open()
}

export function closeDevices(): void {
  clearTimeout(endPreview)
  devices.close()
}

/** A press on the microphone or camera button: on, off, or try the device again. */
export function toggle(kind: 'microphone' | 'camera'): void {
  const device = store.devices.value[kind]
  if (device.state === 'off' || device.state === 'problem') {
    store.wanted.value = { ...store.wanted.value, [kind]: true }
    void devices.open()
    return
  }
  store.wanted.value = { ...store.wanted.value, [kind]: !store.wanted.value[kind] }
}

/** Keeps tracks and the server true to what I want. */
export function keepInStep(): void {
  effect(() => {
    const { microphone, camera } = store.devices.value
    const wanted = store.wanted.value
    if (microphone.track) microphone.track.enabled = wanted.microphone
    if (camera.track) camera.track.enabled = wanted.camera
  })
  let told = ''
  effect(() => {
    const { microphone, camera } = sending.value
    const seat = store.view.value?.me ?? 0
    const speaks = maySpeak(store.me.value?.role ?? 'observer')
    const now = store.seated.value && speaks ? `${seat} ${microphone} ${camera}` : ''
    if (now && now !== told) link.send({ type: 'set_media', microphone, camera })
    told = now
  })
}
