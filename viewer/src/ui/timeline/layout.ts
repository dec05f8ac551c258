// Where things stand in the picture: which part of the time is seen, which signs have room. No drawing here.
import type { Entry, Timeline } from '../../session/timeline'

/** The part of the time that is seen, µs. */
export interface Window {
  begin: number
  end: number
}

export interface Placed {
  number: number
  entry: Entry
  x: number
  row: number
  /** Entries that had no room beside this one. */
  hidden: number
}

export const AXIS = 32
export const BARS_HEIGHT = 44
export const ROW = 24
const ROWS = 8
const SIGN = 22
const LEAST_US = 20_000
const TICK_PX = 110
const BEGINNING_MOST_US = 60_000_000
const SETTING_UP = ['answered', 'joined', 'ice_connected', 'dtls_connected', 'first_packet', 'first_keyframe']
const STEPS_US = [
  ...[10, 20, 50, 100, 200, 500].map((ms) => ms * 1000),
  ...[1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 43_200, 86_400].map((s) => s * 1_000_000),
]

/** The whole time, with a little room at the end. */
export function whole({ end }: Timeline): Window {
  return { begin: 0, end: Math.max(LEAST_US, Math.ceil(end * 1.01)) }
}

/** Until everybody's sound and pictures were there: it is over within seconds of the answer. */
export function beginning(found: Timeline): Window {
  const limit = Math.max(0, found.answered) + BEGINNING_MOST_US
  const times = found.entries.filter(({ what, t }) => SETTING_UP.includes(what) && t <= limit).map(({ t }) => t)
  return { begin: 0, end: Math.max(0, ...times) + 1_000_000 }
}

/** Closer (`factor` < 1) or wider, around a moment; never beyond the whole. */
export function zoomed(seen: Window, all: Window, factor: number, around: number): Window {
  const length = Math.min(all.end - all.begin, Math.max(LEAST_US, (seen.end - seen.begin) * factor))
  const share = (around - seen.begin) / (seen.end - seen.begin)
  return kept({ begin: around - share * length, end: around + (1 - share) * length }, all)
}

/** Moved by so many µs; never beyond the whole. */
export function moved(seen: Window, all: Window, by: number): Window {
  return kept({ begin: seen.begin + by, end: seen.end + by }, all)
}

function kept({ begin, end }: Window, all: Window): Window {
  const length = Math.min(end - begin, all.end - all.begin)
  const first = Math.max(all.begin, Math.min(begin, all.end - length))
  return { begin: Math.round(first), end: Math.round(first + length) }
}

export function xOf(t: number, seen: Window, left: number, width: number): number {
  return left + ((t - seen.begin) / (seen.end - seen.begin)) * (width - left)
}

export function ticks(seen: Window, width: number): number[] {
  const most = Math.max(2, Math.floor(width / TICK_PX))
  const length = seen.end - seen.begin
  const step = STEPS_US.find((one) => length / one <= most) ?? length / most
  const found: number[] = []
  for (let at = Math.ceil(seen.begin / step) * step; at <= seen.end; at += step) found.push(at)
  return found
}

/** As high as the rows of its signs need. */
export function laneHeight(signs: readonly Placed[]): number {
  return BARS_HEIGHT + ROW * (1 + Math.max(0, ...signs.map(({ row }) => row)))
}

/** The signs of one lane: each in the first row with room; what finds none is counted at the one before it. */
export function placed(found: Timeline, lane: number, seen: Window, left: number, width: number): Placed[] {
  const taken = Array.from({ length: ROWS }, () => -Infinity)
  const result: Placed[] = []
  found.entries.forEach((entry, index) => {
    if (entry.lane !== lane || entry.t < seen.begin || entry.t > seen.end) return
    const x = xOf(entry.t, seen, left, width)
    const row = taken.findIndex((last) => x - last >= SIGN)
    const before = result[result.length - 1]
    if (row < 0) {
      if (before) before.hidden += 1
      return
    }
    taken[row] = x
    result.push({ number: index + 1, entry, x, row, hidden: 0 })
  })
  return result
}
