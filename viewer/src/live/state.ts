// What this page does on the live picture right now: the open tools, the line under the hand, the frame on the screen.
import { signal } from '@preact/signals'

import type { FrameKey, Mark, Point } from '../session/wire.gen'
import type { Draft, Tool } from './tools'

/** Which tools are out; the picture has the room otherwise. */
export const open = signal<'mark' | 'guide' | null>(null)
export const tool = signal<Tool>('point')
export const fades = signal(true)
export const draft = signal<Draft | null>(null)
/** Drawn, and not yet heard of from the server. */
export const pending = signal<readonly Mark[]>([])
/** The keyboard's cross; null = the hand is on a mouse or on the glass. */
export const cross = signal<Point | null>(null)

/** The frame on the screen; read when the hand begins, so no signal: it changes thirty times a second. */
export const onScreen: { frame: FrameKey | null } = { frame: null }

/** A picture goes, or the consultation ends: nothing half-drawn is left. */
export function resetLive(): void {
  open.value = null
  draft.value = null
  cross.value = null
  pending.value = []
  onScreen.frame = null
}
