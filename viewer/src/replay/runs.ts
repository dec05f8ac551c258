// Which run of which track plays at a moment. A run's file goes on over pauses of the recording; what plays does not. Pure.
import type { Gap, Run, Span } from './wire'

/** Files that begin within this long are opened already: then they are there in time. */
const AHEAD_US = 8_000_000
/** A run's last frame stays as long: the next one would have come later than that, or there is none. */
const LAST_US = 500_000

export function covers({ t_from, t_to }: Span, t: number): boolean {
  return t_from <= t && t < t_to
}

/** Gaps of which there is nothing at all; in others some of it is there. */
const EMPTY = ['private', 'asked', 'other', 'restarted']

export function isEmpty({ reason }: Gap): boolean {
  return EMPTY.includes(reason)
}

/** The gap at `t`; null: it was recorded. */
export function gapAt<T extends Span>(gaps: readonly T[], t: number): T | null {
  return gaps.find((gap) => covers(gap, t)) ?? null
}

export function plays({ t0, t_end }: Run, t: number): boolean {
  return t0 <= t && t <= t_end + LAST_US
}

/** The run of a track at `t`: of the layers of a simulcast the best, of two the one that began last. */
export function runAt(runs: readonly Run[], track: number, t: number): Run | null {
  const there = runs.filter((run) => run.track === track && isThere(run) && plays(run, t))
  return there.reduce<Run | null>((best, run) => (best && !better(run, best) ? best : run), null)
}

/** Those that play now or soon: they are opened. */
export function needed(runs: readonly Run[], t: number): readonly Run[] {
  return runs.filter((run) => isThere(run) && run.t0 - AHEAD_US <= t && t <= run.t_end + LAST_US)
}

function isThere({ file, missing }: Run): boolean {
  return file !== '' && !missing
}

/** By the names that browsers' pages give to layers: a quarter, a half, the full size. */
const LAYERS = ['q', 'h', 'f', '']

function better(run: Run, than: Run): boolean {
  const [rank, other] = [LAYERS.indexOf(run.rid), LAYERS.indexOf(than.rid)]
  return rank === other ? run.t0 >= than.t0 : rank > other
}
