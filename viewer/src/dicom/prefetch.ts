// Which pictures are fetched, in which order, how many at once. What is looked at comes first, then its neighbours, then the
// rest in the order of scrolling; whoever scrolls on is followed at once. Pure but for the promises it is given.

/** Places of a stack of `count`: the shown one, its nearest, then the rest the way one scrolls (`way` 1 or -1). */
export function fetchOrder(shown: number, count: number, way: 1 | -1, near: number): number[] {
  const found = [shown]
  for (let away = 1; away <= near; away++) found.push(shown + way * away, shown - way * away)
  for (let away = near + 1; away < count; away++) found.push(shown + way * away)
  for (let away = near + 1; away < count; away++) found.push(shown - way * away)
  return found.filter((at) => at >= 0 && at < count)
}

export interface PrefetchSettings {
  /** At once: a weak line must not be shared by what nobody looks at yet. */
  readonly lanes: number
  /** How many pictures are kept at most: the first so many of the order are fetched. */
  readonly room: number
  readonly near: number
  /** So many come one by one: what is looked at, and what one turns to next, share the line with nothing. */
  readonly alone: number
}

/** Fetches a stack's pictures. `load` settles when a picture is there, or rejects; it is told when it is no longer wanted. */
export class Prefetch {
  private order: readonly number[] = []
  private readonly done = new Set<number>()
  private readonly failed = new Set<number>()
  private readonly running = new Map<number, AbortController>()
  private closed = false

  constructor(
    private readonly load: (at: number, signal: AbortSignal) => Promise<void>,
    private readonly settings: PrefetchSettings,
    /** Something came or failed. */
    private readonly told: () => void = () => undefined,
  ) {}

  /** Whoever looks is here now. What is under way and still wanted goes on; the shown one never waits for a lane. */
  look(shown: number, count: number, way: 1 | -1): void {
    const { room, near } = this.settings
    this.order = fetchOrder(shown, count, way, near).slice(0, room)
    const wanted = new Set(this.order)
    for (const at of this.done) if (!wanted.has(at)) this.done.delete(at)
    const soon = new Set(this.order.slice(0, this.settings.lanes + 1))
    if (!this.done.has(shown)) for (const [at, one] of this.running) if (!soon.has(at)) one.abort()
    if (!this.done.has(shown)) this.start(shown)
    this.fill()
  }

  /** Those that are yet to come. */
  get behind(): number {
    return this.order.filter((at) => !this.done.has(at)).length
  }

  has(at: number): boolean {
    return this.done.has(at)
  }

  hasFailed(at: number): boolean {
    return this.failed.has(at)
  }

  /** Try again what failed. */
  retry(): void {
    this.failed.clear()
    this.fill()
  }

  /** Places mean other pictures now, or all are to come again. */
  reset(): void {
    for (const one of this.running.values()) one.abort()
    this.running.clear()
    this.done.clear()
    this.failed.clear()
    this.order = []
  }

  close(): void {
    this.closed = true
    for (const one of this.running.values()) one.abort()
  }

  private fill(): void {
    const { lanes, alone } = this.settings
    const atOnce = this.done.size + this.failed.size < alone ? 1 : lanes
    for (const at of this.order) {
      if (this.closed || this.running.size >= atOnce) return
      if (!this.done.has(at) && !this.failed.has(at)) this.start(at)
    }
  }

  private start(at: number): void {
    if (this.closed || this.running.has(at)) return
    const control = new AbortController()
    this.running.set(at, control)
    this.failed.delete(at)
    this.load(at, control.signal)
      .then(
        () => void (this.running.get(at) === control && this.done.add(at)),
        () => void (control.signal.aborted || this.failed.add(at)),
      )
      .finally(() => {
        if (this.running.get(at) === control) this.running.delete(at)
        if (this.closed) return
        this.fill()
        this.told()
      })
  }
}
