// Latest wins, not too often: of what is put under a key only the newest is given out, the first at once, the next no
// sooner than `everyMs` later. What went out late, by up to `slackMs`, does not make the next one later: who changes it in
// the same rhythm, never quite evenly, does not wait, and over any length of time it is no more often. Sans-IO: time is an
// argument, in ms.

export class Pace<K, V> {
  private readonly waiting = new Map<K, V>()
  /** When each may go out next. */
  private readonly next = new Map<K, number>()

  constructor(
    private readonly everyMs: number,
    private readonly slackMs = 0,
  ) {}

  put(key: K, value: V): void {
    this.waiting.set(key, value)
  }

  /** What was put under this key is no longer to be given out. */
  drop(key: K): void {
    this.waiting.delete(key)
  }

  clear(): void {
    this.waiting.clear()
  }

  /** What is due by now, each once. */
  poll(now: number): [K, V][] {
    const due = [...this.waiting].filter(([key]) => now >= this.dueAt(key))
    for (const [key] of due) {
      this.waiting.delete(key)
      this.next.set(key, Math.max(this.dueAt(key), now - this.slackMs) + this.everyMs)
    }
    return due
  }

  /** When something is due next; null = nothing waits. */
  deadline(): number | null {
    const all = [...this.waiting.keys()].map((key) => this.dueAt(key))
    return all.length > 0 ? Math.min(...all) : null
  }

  private dueAt(key: K): number {
    return this.next.get(key) ?? -Infinity
  }
}

/** The earliest of some deadlines. */
export function soonest(...deadlines: (number | null)[]): number | null {
  const all = deadlines.filter((one) => one !== null)
  return all.length > 0 ? Math.min(...all) : null
}
