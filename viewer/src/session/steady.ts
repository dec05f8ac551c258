// What is seen anew beside what was seen before: whatever says the same stays the same object, so that only what really
// changed is drawn again. Pure.
import type { Sight, Shown } from './looking'

const GROUPS = ['image', 'area', 'voi', 'cine'] as const

/** `now`, with all of `before` that it repeats; `before` itself if it repeats all. */
export function steady(now: Sight, before: Sight): Sight {
  const viewports = now.viewports.map((one, n) => steadyViewport(one, before.viewports[n]))
  const same = viewports.length === before.viewports.length && viewports.every((one, n) => one === before.viewports[n])
  const { rows, columns, leading, following } = before
  const alike = now.rows === rows && now.columns === columns && now.leading === leading && now.following === following
  return same && alike ? before : { ...now, viewports: same ? before.viewports : viewports }
}

function steadyViewport(now: Shown, before: Shown | undefined): Shown {
  if (!before) return now
  const kept = Object.fromEntries(GROUPS.map((group) => [group, alike(now[group], before[group])]))
  const one: Shown = { ...now, ...kept }
  const same = GROUPS.every((group) => one[group] === before[group])
  return same && one.cine_t === before.cine_t && one.origin === before.origin ? before : one
}

function alike<T>(now: T, before: T): T {
  return JSON.stringify(now) === JSON.stringify(before) ? before : now
}
