// Mouse, pen, fingers, wheel and keys on a viewport, as what they mean. One pointer does what the chosen tool does; the right
// button scales, the middle one moves; two fingers do both; the wheel goes through the pictures, with Ctrl it scales.
import type { Place } from '../marks/affine'

export interface Acts {
  /** A pointer went down; `button` as in PointerEvent. What it answers is done until it goes up. */
  down(at: Place, button: number): void
  move(at: Place): void
  up(at: Place): void
  cancel(): void
  /** Nobody presses: where it points. Null: it went away. */
  hover(at: Place | null): void
  pinch(factor: number, from: Place, to: Place, begins: boolean): void
  wheel(steps: number): void
  zoom(factor: number, at: Place): void
  /** True: the key was for the picture. */
  key(name: string, shift: boolean): boolean
}

const WHEEL_STEP = 60 // of a wheel's or a touchpad's delta, for one picture
const LINE = 20 // px that a wheel counting in lines means
const ZOOM_STEP = 1.15

/** Listens; what it returns ends it and leaves nothing behind. */
export function listen(element: HTMLElement, acts: Acts): () => void {
  const control = new AbortController()
  const { signal } = control
  const touches = new Touches(element, acts)
  const wheel = new Wheel(acts)
  const place = placing(element)
  element.addEventListener('pointerdown', (event) => touches.down(event), { signal })
  element.addEventListener('pointermove', (event) => touches.move(event), { signal })
  element.addEventListener('pointerup', (event) => touches.up(event), { signal })
  element.addEventListener('pointercancel', (event) => touches.lost(event), { signal })
  element.addEventListener('pointerleave', () => touches.leave(), { signal })
  element.addEventListener('contextmenu', (event) => event.preventDefault(), { signal })
  element.addEventListener('wheel', (event) => wheel.turn(event, place(event)), { signal, passive: false })
  element.addEventListener(
    'keydown',
    (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return
      if (acts.key(event.key, event.shiftKey)) event.preventDefault()
    },
    { signal },
  )
  return () => control.abort()
}

function placing(element: HTMLElement): (event: MouseEvent) => Place {
  return ({ clientX, clientY }) => {
    const box = element.getBoundingClientRect()
    return { x: clientX - box.left, y: clientY - box.top }
  }
}

class Touches {
  private readonly down_ = new Map<number, Place>()
  private begun: { apart: number; middle: Place } | null = null
  private readonly place: (event: MouseEvent) => Place

  constructor(
    private readonly element: HTMLElement,
    private readonly acts: Acts,
  ) {
    this.place = placing(element)
  }

  down(event: PointerEvent): void {
    const at = this.place(event)
    this.element.focus({ preventScroll: true })
    this.element.setPointerCapture?.(event.pointerId)
    this.down_.set(event.pointerId, at)
    if (this.down_.size === 1) return this.acts.down(at, event.button)
    if (this.down_.size > 2) return
    this.acts.cancel() // what one finger began, two do not go on with
    this.begun = this.between()
    this.acts.pinch(1, this.begun.middle, this.begun.middle, true)
  }

  move(event: PointerEvent): void {
    const at = this.place(event)
    if (!this.down_.has(event.pointerId)) return this.acts.hover(at)
    this.down_.set(event.pointerId, at)
    if (!this.begun) {
      if (this.down_.size === 1) this.acts.move(at)
      return
    }
    const now = this.between()
    this.acts.pinch(now.apart / this.begun.apart, this.begun.middle, now.middle, false)
  }

  up(event: PointerEvent): void {
    const one = this.down_.size === 1 && !this.begun
    if (!this.down_.delete(event.pointerId)) return
    if (one) this.acts.up(this.place(event))
    if (this.down_.size === 0) this.begun = null
  }

  lost(event: PointerEvent): void {
    this.down_.delete(event.pointerId)
    this.acts.cancel()
    if (this.down_.size === 0) this.begun = null
  }

  leave(): void {
    if (this.down_.size === 0) this.acts.hover(null)
  }

  private between(): { apart: number; middle: Place } {
    const [a, b] = [...this.down_.values()]
    if (!a || !b) return { apart: 1, middle: a ?? { x: 0, y: 0 } }
    return { apart: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)), middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } }
  }
}

/** Touchpads send many small turns: they add up to steps. */
class Wheel {
  private rest = 0

  constructor(private readonly acts: Acts) {}

  turn(event: WheelEvent, at: Place): void {
    event.preventDefault()
    const delta = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * LINE : event.deltaY
    if (event.ctrlKey) return this.acts.zoom(Math.pow(ZOOM_STEP, -delta / WHEEL_STEP), at)
    if (Math.sign(delta) !== Math.sign(this.rest)) this.rest = 0
    this.rest += delta
    const steps = Math.trunc(this.rest / WHEEL_STEP)
    this.rest -= steps * WHEEL_STEP
    if (steps !== 0) this.acts.wheel(steps)
  }
}
