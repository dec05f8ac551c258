// Which picture which viewport shows, on this page: the leader's where I follow, my own where I look on my own.
import { computed, signal } from '@preact/signals'

import * as store from '../session/store'
import type { Picture } from '../session/wire.gen'
import { changeImage } from './lead'

/** Whether I follow the leader. Mine alone; what the leader hears of it is `say_showing`. */
export const following = signal(true)
/** The viewport that a press on a series fills. */
export const active = signal(0)
/** What I look at on my own, by viewport; where I opened nothing myself, the leader's picture stays. */
const own = signal<ReadonlyMap<number, Picture>>(new Map())

/** By viewport, row by row. */
export const images = computed<readonly (Picture | null)[]>(() => {
  const looking = store.view.value?.state.looking
  if (!looking) return []
  const mine = following.value ? new Map<number, Picture>() : own.value
  return looking.viewports.map((viewport, n) => mine.get(n) ?? viewport.image)
})

/** For all where I lead, else for me. */
export async function showPicture(picture: Picture): Promise<void> {
  const view = store.view.peek()
  if (!view) return
  const { lead, viewports } = view.state.looking
  const viewport = Math.min(active.value, viewports.length - 1)
  if (lead.holder === view.me) await changeImage(viewport, picture)
  else own.value = new Map(own.peek()).set(viewport, picture)
}

export function resetShowing(): void {
  following.value = true
  active.value = 0
  own.value = new Map()
}
