// What the viewer chose to look at: the panel beside the stage, a pinned picture, an open dialog. Nobody else's matter.
import { computed, effect, signal } from '@preact/signals'

import * as store from '../../session/store'
import type { TrackId } from '../../session/wire.gen'

export type Panel = 'people' | 'chat' | 'pictures' | 'opinion'

export const panel = signal<Panel>('people')
/** `pictures`: what is looked at together. */
export const pinned = signal<TrackId | 'pictures' | null>(null)
/** Which of the two was started last: a probe or screen, or the pictures. */
export const startedLast = signal<'track' | 'pictures'>('pictures')
/** With nothing pinned and no probe or shared picture, the stage shows who speaks. */
export const follows = signal(true)
/** Own picture folded away: on a phone it covers a corner of the stage. */
export const selfHidden = signal(false)
export const dialog = signal<'devices' | 'figures' | 'invite' | 'elsewhere' | 'probe' | 'keys' | 'recording' | null>(
  null,
)

/** The newest chat line that was on the screen. */
const seen = signal(0)

effect(() => {
  const chat = store.view.value?.state.chat
  if (panel.value === 'chat' && chat) seen.value = chat[chat.length - 1]?.seq ?? 0
})

/** What the last look at both found: the newest probe or screen, and which series are open. */
let before = { track: 0, series: '' }

effect(() => {
  const view = store.view.value
  const tracks = view?.state.tracks.filter(({ purpose }) => purpose === 'probe' || purpose === 'screen') ?? []
  const track = Math.max(0, ...tracks.map((one) => one.track))
  const series = store.sight.value.viewports.map(({ image }) => image?.series ?? '').join(' ')
  if (track > before.track) startedLast.value = 'track'
  if (series !== before.series && series.trim()) startedLast.value = 'pictures'
  before = { track, series }
})

export const unread = computed(() => {
  const view = store.view.value
  if (!view) return 0
  return view.state.chat.filter((line) => line.seq > seen.value && line.participant !== view.me).length
})

/** Studies that came while the pictures' tab was not open. */
const seenStudies = signal(0)

effect(() => {
  const count = store.view.value?.state.looking.studies.length ?? 0
  if (panel.value === 'pictures' || count < seenStudies.peek()) seenStudies.value = count
})

export const newStudies = computed(() => {
  const count = store.view.value?.state.looking.studies.length ?? 0
  return Math.max(0, count - seenStudies.value)
})

/** A new consultation starts with nothing chosen. */
export function resetPanel(): void {
  panel.value = 'people'
  pinned.value = null
  follows.value = true
  dialog.value = null
  selfHidden.value = false
  startedLast.value = 'pictures'
  seen.value = 0
}
