// The hand on the picture: mouse, pen, finger or keyboard, into pointers and marks.
import type { Size } from '../marks/affine'
import type { Point, TrackId } from '../session/wire.gen'
import { pointAt } from '../app/looking'
import { FRACTION, toPoint } from './place'
import { addMark, askFreeze } from './send'
import { cross, draft, fades, onScreen, open, settle, tool } from './state'
import type { Moment } from './state'
import { begin, extend, finish, moved } from './tools'

/** The picture's own pixels and its box on the page. */
export interface Canvas {
  track: TrackId
  box: () => DOMRect
  picture: () => Size
}

/** What was under the hand when it began. */
let began: Moment | null = null

export function placeOf(canvas: Canvas, event: { clientX: number; clientY: number }): Point {
  const box = canvas.box()
  return toPoint(box, canvas.picture(), { x: event.clientX - box.left, y: event.clientY - box.top })
}

export function press(canvas: Canvas, at: Point): void {
  if (tool.value === 'point') return show(canvas, at)
  began = onScreen.moment
  if (began) draft.value = begin(tool.value, began.frame, at)
}

export function move(canvas: Canvas, at: Point): void {
  if (tool.value === 'point') return show(canvas, at)
  if (draft.value && draft.value.shape !== 'text') draft.value = extend(draft.value, at)
}

/** `text`: the words, once they are written. */
export function release(canvas: Canvas, text = ''): void {
  const line = draft.value
  if (!line || !began || (line.shape === 'text' && !text)) return
  draft.value = null
  const mark = finish(line, canvas.picture(), { key: crypto.randomUUID(), fades: fades.value, text })
  if (mark) settle(began, (_, seen) => addMark({ ...mark, frame: seen }))
}

/** A still of the very picture that is on the screen now. */
export function freeze(): void {
  if (onScreen.moment) settle(onScreen.moment, askFreeze)
}

export function cancel(): void {
  draft.value = null
  cross.value = null
  pointAt(null)
}

function show({ track }: Canvas, { x, y }: Point): void {
  pointAt({ track, viewport: 0, x: x / FRACTION, y: y / FRACTION })
}

/** True: the key was for the picture. */
export function keyed(canvas: Canvas, key: string, far: boolean): boolean {
  const from = cross.value ?? { x: FRACTION / 2, y: FRACTION / 2 }
  const to = moved(from, key, far)
  if (to) {
    cross.value = to
    move(canvas, to)
    return true
  }
  return acted(canvas, key, from)
}

function acted(canvas: Canvas, key: string, at: Point): boolean {
  switch (key) {
    case 'Enter':
    case ' ':
      cross.value = at
      if (draft.value) release(canvas)
      else press(canvas, at)
      return true
    case 'Escape':
      if (draft.value || cross.value) cancel()
      else open.value = null
      return true
    default:
      return false
  }
}
