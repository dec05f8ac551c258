// Drawing without waiting, and never twice for one frame of the screen: the first change after a frame is drawn at once, so
// that the very next frame shows it; what comes after that waits for this frame to be over.

export class OnceAFrame {
  private request = 0
  private late = false

  constructor(private readonly draw: () => void) {}

  /** Something is to be drawn anew. */
  ask(): void {
    this.late = this.request !== 0
    if (this.late) return
    this.request = requestAnimationFrame(() => {
      this.request = 0
      if (this.late) this.ask()
    })
    try {
      this.draw()
    } catch (error) {
      reportError(error) // as an error within a frame is: whoever brought the change goes on
    }
  }

  close(): void {
    cancelAnimationFrame(this.request)
    this.late = false
  }
}
