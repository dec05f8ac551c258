// What the hand does on pictures, for all viewports: one tool, chosen in the toolbar. And the pane that the toolbar acts on.
import { signal } from '@preact/signals'

import type { Drag, Seen } from '../../dicom/hand'
import type { Pane } from '../../dicom/pane'
import type { Shot } from '../../dicom/provider'
import type { Shape } from '../../session/wire.gen'

export type Tool = Drag | 'point' | Shape

export const DRAGS = ['scroll', 'window', 'move', 'zoom'] as const satisfies readonly Drag[]
export const MARKS = ['arrow', 'stroke', 'box', 'text'] as const satisfies readonly Shape[]
export const MEASURES = ['length', 'angle', 'ellipse', 'caliper'] as const satisfies readonly Shape[]

export const tool = signal<Tool>('scroll')
/** Marks fade after a while, or stay. */
export const fading = signal(false)

/** What is on the screen by viewport. */
export const shots = signal<ReadonlyMap<number, Shot>>(new Map())

export function without(n: number): ReadonlyMap<number, Shot> {
  return new Map([...shots.peek()].filter(([one]) => one !== n))
}

/** The panes on the page by viewport. */
export const panes = new Map<number, Pane>()

export function isDrag(one: Tool): one is Drag {
  return (DRAGS as readonly string[]).includes(one)
}

export function isShape(one: Tool): one is Shape {
  return !isDrag(one) && one !== 'point'
}

export function seenIn(n: number): Seen | null {
  return panes.get(n)?.seen() ?? null
}
