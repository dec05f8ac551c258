// The fast lane of a replay: pointers, and Views while they were dragged. Fetched in windows, a little ahead of the clock.
import type { FastLine, Span } from './wire'

export const WINDOW_US = 30_000_000
const AHEAD_US = 10_000_000
const KEPT = 20 // windows: ten minutes of them

export interface Fast {
  readonly t: number
  readonly bytes: Uint8Array
}

export class Lane {
  private readonly windows = new Map<number, readonly Fast[] | null>()

  /** `fetch`: what there is in this span. `came`: a window is there; what was shown meanwhile may have lacked it. */
  constructor(
    private readonly fetch: (from: number, to: number) => Promise<readonly FastLine[]>,
    private readonly came: (window: Span) => void,
  ) {}

  /** The clock is at `t`. */
  look(t: number): void {
    for (const at of [t, t + AHEAD_US]) this.want(Math.floor(at / WINDOW_US))
  }

  /** What there is after `from`, until `to`. */
  between(from: number, to: number): Fast[] {
    const found: Fast[] = []
    const last = Math.floor(to / WINDOW_US)
    for (let n = Math.max(0, Math.floor(from / WINDOW_US)); n <= last; n++) {
      for (const one of this.windows.get(n) ?? []) if (one.t > from && one.t <= to) found.push(one)
    }
    return found
  }

  private want(n: number): void {
    if (this.windows.has(n)) return
    this.windows.set(n, null)
    const [oldest] = this.windows.keys()
    if (this.windows.size > KEPT && oldest !== undefined) this.windows.delete(oldest)
    const window = { t_from: n * WINDOW_US, t_to: (n + 1) * WINDOW_US }
    this.fetch(window.t_from, window.t_to).then(
      (lines) => {
        this.windows.set(n, lines.map(fastOf))
        if (lines.length > 0) this.came(window)
      },
      () => this.windows.delete(n), // asked again with the next look
    )
  }
}

function fastOf({ t, body }: FastLine): Fast {
  return { t, bytes: Uint8Array.from(atob(body), (character) => character.charCodeAt(0)) }
}
