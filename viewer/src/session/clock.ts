// The server's clock. What a page shows of times comes from there: the clock of a doctor's laptop may be an hour off.
// Until the first pong, and for a page that never reaches the server, this machine's own clock must do.
import { signal } from '@preact/signals'

/** Unix ms at the server when performance.now() was 0. */
export const serverZero = signal(machineNow() - performance.now())

export function serverNow(): number {
  return serverTime(performance.now())
}

/** When a moment of performance.now() was, Unix ms by the server's clock. */
export function serverTime(performanceMs: number): number {
  return serverZero.value + performanceMs
}

/** This machine's own clock, ms: for how long ago something was here, also over a sleep, in which performance.now() may
 * stand still. Never for what time it is. */
export function machineNow(): number {
  return Date.now()
}
