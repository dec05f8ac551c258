// Cine on the session's clock: every machine shows the frame that the clock says, none is told one by one. Pure.
import type { Cine } from '../session/wire.gen'

const RATE = 100 // the wire's unit: 1/100 frame/s
const MICROS = 1e6
export const CINE_DEFAULT = 15 // frames a second where the instance does not say
export const CINE_SPEEDS = [0.25, 0.5, 1, 2] as const

/** The place (from 0) in a loop of `count`, begun at `begun` µs; now is `now` µs, both on the session's clock. */
export function cinePlace(cine: Cine, begun: number, now: number, count: number): number {
  const first = Math.min(cine.frame, count) - 1
  if (!cine.playing) return first
  const passed = Math.max(0, Math.floor(((now - begun) / MICROS) * (cine.rate / RATE)))
  return (first + passed) % count
}

/** How long until another frame is due, ms. */
export function untilNext(cine: Cine, begun: number, now: number): number {
  const each = (MICROS * RATE) / cine.rate
  const passed = Math.max(0, now - begun) % each
  return Math.max(1, (each - passed) / 1000)
}

export function wireRate(perSecond: number): number {
  return Math.max(1, Math.min(24_000, Math.round(perSecond * RATE)))
}
