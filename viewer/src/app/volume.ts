// How loud I hear each person, and where the sound comes out. For this call only: nobody else hears of it.
//
// The volume is the sound element's own (0 to 100 %): sound that goes through an AudioContext instead would get past
// the echo canceller of some browsers, and the other side would hear itself.
import { computed, signal } from '@preact/signals'

import { find, recall, remember } from '../rtc/choices'
import * as store from '../session/store'
import type { ParticipantId } from '../session/wire.gen'

/** 0 to 1, by person; who is not in it is at full volume. */
export const volumes = signal<ReadonlyMap<ParticipantId, number>>(new Map())
export const silenced = signal<ReadonlySet<ParticipantId>>(new Set())

export function setVolume(who: ParticipantId, volume: number): void {
  volumes.value = new Map(volumes.value).set(who, Math.min(1, Math.max(0, volume)))
}

export function setSilenced(who: ParticipantId, silent: boolean): void {
  const next = new Set(silenced.value)
  if (silent) next.add(who)
  else next.delete(who)
  silenced.value = next
}

/** A new consultation starts with everybody at full volume. */
export function resetVolumes(): void {
  volumes.value = new Map()
  silenced.value = new Set()
}

/** iPhones and iPads leave the volume to their buttons: setting it does nothing there. */
export const volumeWorks = computed(() => {
  const probe = document.createElement('audio')
  probe.volume = 0.5
  return probe.volume === 0.5
})

const chosen = signal(recall('speaker'))

/** Where sound comes out: the chosen loudspeaker while it is there, else '' = as the system chooses. Plugged in again,
 * it is used again. The ring keeps to the system's: it must be heard across the room. */
export const speaker = computed(() => find(store.devices.value.choices, 'speaker', chosen.value)?.id ?? '')

export function chooseSpeaker(id: string): void {
  const label = store.devices.value.choices.find((one) => one.kind === 'speaker' && one.id === id)?.label ?? ''
  chosen.value = { id, label }
  remember('speaker', chosen.value)
}

export function speakerWorks(): boolean {
  return 'setSinkId' in HTMLMediaElement.prototype
}
