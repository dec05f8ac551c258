// One viewport's hand: gestures become changes of its View, pointers and marks. Whether a change is taken is decided by
// whoever it is given to.
import type { Place } from '../../marks/affine'
import { inPicture } from '../../marks/affine'
import { dragged, flipped, inverted, pinched, played, rotated, scaled, scrolled, stepsOf } from '../../dicom/hand'
import type { Change, Drag, Seen } from '../../dicom/hand'
import { begin, extend, markOf, release } from '../../dicom/drafting'
import type { Draft } from '../../dicom/drafting'
import type { Acts } from '../../dicom/gestures'
import type { Pane } from '../../dicom/pane'
import type { Cine, Mark } from '../../session/wire.gen'
import { fading, isDrag, isShape, tool } from './hands'

export interface Hands {
  change(change: Change): void
  /** Null: it points no more. */
  point(at: Place | null): void
  mark(mark: Mark): void
  /** What is being drawn changed. */
  drafted(draft: Draft | null): void
  /** Words are wanted for a text mark. */
  ask(draft: Draft): void
  cine(): Cine | null
}

const MIDDLE = 1
const RIGHT = 2
const STEP = 40 // CSS px of an arrow key with Shift
const ZOOM = 1.25

export class Acting implements Acts {
  private held: { drag: Drag; seen: Seen; from: Place; steps: number } | null = null
  private pinching: Seen | null = null
  private draft: Draft | null = null

  constructor(
    private readonly pane: Pane,
    private readonly hands: Hands,
  ) {}

  down(at: Place, button: number): void {
    const seen = this.pane.seen()
    if (!seen) return
    const chosen = button === MIDDLE ? 'move' : button === RIGHT ? 'zoom' : tool.value
    if (isDrag(chosen)) this.held = { drag: chosen, seen, from: at, steps: 0 }
    else if (chosen === 'point') this.pointAt(at)
    else if (!this.draft?.armed) this.drawing(begin(chosen, seen.shot, this.place(at)))
  }

  move(at: Place): void {
    if (this.held) return this.drag(at, this.held)
    if (this.draft) this.drawing(extend(this.draft, this.place(at)))
    this.pointAt(at)
  }

  up(at: Place): void {
    this.held = null
    if (!this.draft) return
    const { draft, done } = release(extend(this.draft, this.place(at)))
    this.drawing(draft)
    if (!done) return
    if (done.shape === 'text') return this.hands.ask(done)
    const mark = markOf(done, { key: crypto.randomUUID(), fades: fading.value, text: '' })
    if (mark) this.hands.mark(mark)
  }

  cancel(): void {
    this.held = this.pinching = null
    this.drawing(null)
  }

  hover(at: Place | null): void {
    if (at && this.draft?.armed) this.drawing(extend(this.draft, this.place(at)))
    this.pointAt(at)
  }

  pinch(factor: number, from: Place, to: Place, begins: boolean): void {
    if (begins) this.pinching = this.pane.seen()
    if (this.pinching) this.hands.change(pinched(this.pinching, factor, from, to))
  }

  wheel(steps: number): void {
    this.changed(scrolled(this.pane, steps))
  }

  zoom(factor: number, at: Place): void {
    const seen = this.pane.seen()
    if (seen) this.hands.change(scaled(seen, factor, at))
  }

  key(name: string, shift: boolean): boolean {
    const seen = this.pane.seen()
    if (!seen) return false
    if (name === 'Escape') {
      if (!this.draft) return false
      this.cancel()
      return true
    }
    const change = this.keyed(name, shift, seen)
    if (change === undefined) return false
    this.changed(change)
    return true
  }

  /** Undefined: not a key of ours. */
  private keyed(name: string, shift: boolean, seen: Seen): Change | null | undefined {
    const { size } = seen
    const middle = { x: size.width / 2, y: size.height / 2 }
    const move = (dx: number, dy: number): Change | null =>
      dragged(this.pane, 'move', seen, { x: 0, y: 0 }, { x: dx * STEP, y: dy * STEP }, 0)
    const keys: Record<string, () => Change | null> = {
      ArrowUp: () => (shift ? move(0, 1) : scrolled(this.pane, -1)),
      ArrowDown: () => (shift ? move(0, -1) : scrolled(this.pane, 1)),
      ArrowLeft: () => (shift ? move(1, 0) : scrolled(this.pane, -1)),
      ArrowRight: () => (shift ? move(-1, 0) : scrolled(this.pane, 1)),
      PageUp: () => scrolled(this.pane, -10),
      PageDown: () => scrolled(this.pane, 10),
      '+': () => scaled(seen, ZOOM, middle),
      '=': () => scaled(seen, ZOOM, middle),
      '-': () => scaled(seen, 1 / ZOOM, middle),
      i: () => inverted(seen),
      r: () => rotated(seen, 90),
      h: () => flipped(seen, 'x'),
      v: () => flipped(seen, 'y'),
      ' ': () => played(seen, this.hands.cine()),
    }
    return keys[name]?.()
  }

  private drag(at: Place, held: NonNullable<Acting['held']>): void {
    const { drag, seen, from } = held
    const steps = stepsOf(at.y - from.y, seen.size.height, this.pane.count)
    const change = dragged(this.pane, drag, seen, from, at, steps - held.steps)
    held.steps = drag === 'scroll' && !change ? held.steps : steps
    this.changed(change)
  }

  private changed(change: Change | null): void {
    if (change) this.hands.change(change)
  }

  private drawing(draft: Draft | null): void {
    this.draft = draft
    this.hands.drafted(draft)
  }

  /** Pointing is for the others: with any tool that leaves marks, and with the pointer itself. */
  private pointAt(at: Place | null): void {
    const points = tool.value === 'point' || isShape(tool.value)
    this.hands.point(at && points ? this.place(at) : null)
  }

  private place(at: Place): Place {
    const to = this.pane.affine()
    return to ? inPicture(to, at) : { x: 0, y: 0 }
  }
}
