// Latest wins, not too often: of what is put under a key only the newest is given out, the first at once, the next no
// sooner than `everyMs` later. Sans-IO: time is an argument, in ms.

export class Pace<K, V> {
  private readonly waiting = new Map<K, V>()
  private readonly last = new Map<K, number>()

  constructor(private readonly everyMs: number) {}

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
      this.last.set(key, now)
    }
    return due
  }

  /** When something is due next; null = nothing waits. */
  deadline(): number | null {
    const all = [...this.waiting.keys()].map((key) => this.dueAt(key))
    return all.length > 0 ? Math.min(...all) : null
  }

  private dueAt(key: K): number {
    return (this.last.get(key) ?? -Infinity) + this.everyMs
  }
}

/** The earliest of some deadlines. */
export function soonest(...deadlines: (number | null)[]): number | null {
  const all = deadlines.filter((one) => one !== null)
  return all.length > 0 ? Math.min(...all) : null
}
