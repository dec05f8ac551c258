// ECG paper: where each lead lies on it, in millimetres, and what two points on it mean. Pure.
//
// Everything is laid out in mm of paper: `speed` mm/s to the right, `gain` mm/mV upwards. One mm is the same length on
// both axes, whatever the screen, so that the proportions are those of paper.
import type { Recording } from './waveform'

export const SPEEDS = [25, 50] as const // mm/s
export const GAINS = [5, 10, 20] as const // mm/mV
export const LAYOUTS = ['3x4', '6x2', '12x1'] as const
export type Layout = (typeof LAYOUTS)[number]

export interface Paper {
  readonly layout: Layout
  readonly speed: number
  readonly gain: number
  /** Seconds into the recording at which the paper begins. */
  readonly from: number
}

/** A piece of one lead: its base line at `y`, from `x` for `seconds` (mm), beginning at `from` (s). */
export interface Strip {
  readonly lead: number
  readonly x: number
  readonly y: number
  readonly from: number
  readonly seconds: number
}

export interface Sheet {
  readonly strips: readonly Strip[]
  /** Base lines that get a calibration pulse of 1 mV and 0.2 s. */
  readonly pulses: readonly number[]
  readonly width: number
  readonly height: number
}

export const PAGE_S = 10 // what a sheet of paper holds at 25 mm/s
export const MARGIN_MM = 10 // for the calibration pulse, left of the traces
const ROW_MM: Record<Layout, number> = { '3x4': 30, '6x2': 25, '12x1': 20 } // at 10 mm/mV
const COLUMNS: Record<Layout, number> = { '3x4': 4, '6x2': 2, '12x1': 1 }
const RHYTHM = 'II'

/** Leads in their usual order (I II III aVR aVL aVF V1…V6), column by column, as on paper; 3×4 has a rhythm strip of
 * lead II below. A short recording (a median beat) leaves the rest of its piece empty. */
export function sheet(recording: Recording, paper: Paper): Sheet {
  const columns = COLUMNS[paper.layout]
  const rows = Math.ceil(recording.leads.length / columns)
  const row = ROW_MM[paper.layout] * Math.max(1, paper.gain / 10)
  const seconds = PAGE_S / columns
  const strips: Strip[] = recording.leads.map((_, lead) => {
    const column = Math.floor(lead / rows)
    const short = recording.seconds < PAGE_S
    return {
      lead,
      x: MARGIN_MM + column * seconds * paper.speed,
      y: (lead % rows) * row + row / 2,
      // On paper the columns are one after the other in time; a recording too short for that begins anew in each.
      from: short ? paper.from : paper.from + column * seconds,
      seconds,
    }
  })
  const rhythm = recording.leads.findIndex((lead) => lead.name === RHYTHM)
  const below = paper.layout === '3x4' && rhythm >= 0
  if (below) strips.push({ lead: rhythm, x: MARGIN_MM, y: rows * row + row / 2, from: paper.from, seconds: PAGE_S })
  const lines = rows + (below ? 1 : 0)
  return {
    strips,
    pulses: Array.from({ length: lines }, (_, n) => n * row + row / 2),
    width: MARGIN_MM + PAGE_S * paper.speed,
    height: lines * row,
  }
}

export interface PaperPoint {
  readonly x: number
  readonly y: number
}

export interface Interval {
  readonly ms: number
  readonly mv: number
  /** Beats a minute, if the two points are one beat apart; 0 = no time between them. */
  readonly bpm: number
}

/** What lies between two points of the paper (mm). */
export function interval(a: PaperPoint, b: PaperPoint, paper: Pick<Paper, 'speed' | 'gain'>): Interval {
  const ms = (Math.abs(b.x - a.x) / paper.speed) * 1000
  return { ms, mv: Math.abs(b.y - a.y) / paper.gain, bpm: ms > 0 ? 60_000 / ms : 0 }
}

/** How many mm a pixel row must not exceed: as wide as there is room, but never so small that 1 mm is no line. */
export function pixelsPerMm(roomPx: number, widthMm: number, speed: number): number {
  const LEAST = 2.4 // below this the fine grid is a grey wall
  return Math.max(LEAST, roomPx / (widthMm * (25 / speed)))
}

/** Where the samples of a strip begin and end; an end past the recording is cut. */
export function samplesOf(strip: Strip, rateHz: number, length: number): { first: number; last: number } {
  const first = Math.max(0, Math.round(strip.from * rateHz))
  return { first, last: Math.min(length, Math.round((strip.from + strip.seconds) * rateHz)) }
}

/** The latest moment at which a sheet may begin. */
export function lastStart(recording: Recording): number {
  return Math.max(0, recording.seconds - PAGE_S)
}
