// Keeps the store true to who is talking. Four times a second, and only where there is somebody to tell apart.
import { effect } from '@preact/signals'

import { loudness } from '../rtc/loudness'
import { listen, QUIET } from '../session/talking'
import * as store from '../session/store'
import { others, shown } from '../session/view'
import type { View } from '../session/view'
import type { ParticipantId } from '../session/wire.gen'
import { currentPeer } from './media'

const EVERY_MS = 250

export function followTalking(): void {
  let timer: ReturnType<typeof setInterval> | undefined
  effect(() => {
    const company = store.health.value === 'up' && store.view.value !== null && others(store.view.value).length > 0
    if (company === (timer !== undefined)) return
    clearInterval(timer)
    timer = company ? setInterval(() => void look(), EVERY_MS) : undefined
    if (!company) store.talking.value = QUIET
  })
}

async function look(): Promise<void> {
  const [view, pc] = [store.view.value, currentPeer()?.pc]
  if (!view || !pc || document.hidden) return
  const before = store.talking.value
  const next = listen(before, byPerson(view, await loudness(pc)), performance.now())
  if (!same(before, next)) store.talking.value = next
}

function byPerson(view: View, levels: ReadonlyMap<string, number>): Map<ParticipantId, number> {
  const found = new Map<ParticipantId, number>()
  for (const { mid, track, owner } of shown(view)) {
    if (track.kind !== 'audio' || track.purpose !== 'face' || !owner.microphone) continue
    found.set(owner.participant, levels.get(mid) ?? 0)
  }
  return found
}

/** Nothing that anybody would see or that the next look would need has changed. */
function same(a: typeof QUIET, b: typeof QUIET): boolean {
  return a.heard.size === 0 && b.heard.size === 0 && a.floor === b.floor && a.rival === b.rival
}
