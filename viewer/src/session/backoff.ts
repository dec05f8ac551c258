// How long to wait before the next try to connect. Pure: the shell brings the dice.

const FIRST_MS = 300 // a blip is over sooner than anybody reads a message
const LONGEST_MS = 8_000 // a rebooted router is back in a minute; eight tries in it are enough

/** Doubles per failure, ±20 % so that many clients of a restarted server do not come at once. `dice` in [0, 1). */
export function backoff(failures: number, dice: number): number {
  const base = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10))
  return Math.round(base * (0.8 + 0.4 * dice))
}
