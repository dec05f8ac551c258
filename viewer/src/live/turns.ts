// Frames that wait for the screen: each gets a turn of its own, in order. Pure.

/** Frames: what a decoder gives away without being held up, and 0.13 s to show them at 60 turns a second. */
const MOST = 8
/** Turns in a row after which something still waited: this screen is no faster than the picture, and would stay behind. */
const BEHIND = 15

export class Turns<T extends { close(): void }> {
  private waiting: T[] = []
  private behind = 0

  get some(): boolean {
    return this.waiting.length > 0
  }

  add(frame: T): void {
    this.waiting.push(frame)
    if (this.waiting.length > MOST) this.leaveOut(1)
  }

  /** Whose turn it is, now the caller's to close; null = nobody waits. */
  next(): T | null {
    if (this.behind >= BEHIND) this.leaveOut(this.waiting.length - 1)
    const frame = this.waiting.shift() ?? null
    this.behind = this.some ? this.behind + 1 : 0
    return frame
  }

  clear(): void {
    this.leaveOut(this.waiting.length)
    this.behind = 0
  }

  private leaveOut(count: number): void {
    for (const frame of this.waiting.splice(0, count)) frame.close()
  }
}
