// What the leader hears of this page: the worst of its viewports. Every viewer of a picture, a curve or a paper reports here.
import { sayShowing } from '../../app/looking'
import type { Showing } from '../../session/wire.gen'

interface Report {
  readonly showing: Showing
  readonly behind: number
}

const WORST: readonly Showing[] = ['lost', 'unsupported', 'loading', 'cpu_only', 'shown', 'own']
const reports = new Map<number, Report>()

/** Null: nothing is to be shown there. */
export function report(viewport: number, now: Report | null): void {
  if (now) reports.set(viewport, now)
  else reports.delete(viewport)
  const worst = worstOf([...reports.values()])
  if (worst) sayShowing(worst.showing, worst.behind)
}

export function worstOf(all: readonly Report[]): Report | null {
  const showing = WORST.find((one) => all.some((report) => report.showing === one))
  return showing ? { showing, behind: all.reduce((sum, one) => sum + one.behind, 0) } : null
}
