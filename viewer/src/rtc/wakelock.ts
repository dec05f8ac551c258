// Keeps the screen on. A phone that locks stops the page: it would neither ring nor carry a call.
import { signal } from '@preact/signals'

/** Whether the screen stays on because of us; false also where a browser has no such thing. */
export const screenStaysOn = signal(false)

let wanted = false
let lock: WakeLockSentinel | null = null

export function keepScreenOn(on: boolean): void {
  wanted = on
  if (on) void take()
  else void lock?.release().catch(() => undefined)
}

/** A browser lets go when the page is hidden; back in sight it is asked again. */
export function followSight(): void {
  document.addEventListener('visibilitychange', () => void take())
}

async function take(): Promise<void> {
  if (!wanted || lock || document.hidden) return
  const taken = await navigator.wakeLock?.request('screen').catch(() => null) // refused when the battery is low
  if (!taken) return
  if (!wanted || lock) return void taken.release().catch(() => undefined)
  lock = taken
  screenStaysOn.value = true
  taken.addEventListener('release', () => {
    lock = null
    screenStaysOn.value = false
  })
}
