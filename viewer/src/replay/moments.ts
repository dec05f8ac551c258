// What is worth a mark on the timeline: which one comes next, which last at a moment, how they stand side by side. Pure.
import type { Marker } from './wire'

/** Those that last, and are said while they do. */
const SPANS = ['gap', 'damaged', 'network']
/** Pressed once more within this, one wants the one before it. */
const AGAIN_US = 1_500_000
const SNAP_PX = 8

export const KINDS = [
  'gap',
  'damaged',
  'network',
  'freeze',
  'mark',
  'cue',
  'chat',
  'lead',
  'opinion',
  'recording',
] as const
export type MomentKind = (typeof KINDS)[number]

export function isKnown(kind: string): kind is MomentKind {
  return (KINDS as readonly string[]).includes(kind)
}

export function nextAfter(markers: readonly Marker[], t: number): Marker | null {
  return markers.find((one) => one.t > t + 1000) ?? null
}

export function lastBefore(markers: readonly Marker[], t: number): Marker | null {
  return markers.findLast((one) => one.t < t - AGAIN_US) ?? null
}

/** Spans of trouble that are at `t`; of the same said twice only one. */
export function lasting(markers: readonly Marker[], t: number): Marker[] {
  return markers.filter(({ kind, t: from, t_to }) => SPANS.includes(kind) && from <= t && t < t_to)
}

/** Where a press on the timeline leads: to a marker that is near, else just there. */
export function snapped(markers: readonly Marker[], t: number, usPerPx: number): number {
  const near = markers.reduce<Marker | null>((best, one) => {
    return best && Math.abs(best.t - t) <= Math.abs(one.t - t) ? best : one
  }, null)
  return near && Math.abs(near.t - t) <= SNAP_PX * usPerPx ? near.t : t
}

export interface Placed {
  readonly marker: Marker
  readonly x: number
}

/** Where signs stand; of several on one place the first. The list has them all. */
export function placed(markers: readonly Marker[], width: number, length: number, apart: number): Placed[] {
  const found: Placed[] = []
  for (const marker of markers) {
    const x = (marker.t / Math.max(1, length)) * width
    const last = found[found.length - 1]
    if (!last || x - last.x >= apart) found.push({ marker, x })
  }
  return found
}
