// What this page does on the live picture right now: the open tools, the line under the hand, the frame on the screen.
import { signal } from '@preact/signals'

import type { FrameKey, Mark, Point } from '../session/wire.gen'
import type { SentAs } from './sent'
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

/** A frame under the hand. One of my own probe is seen before it is sent: `frame` is then that of one before it, and
 * `later` tells its own key. */
export interface Moment {
  readonly frame: FrameKey
  readonly later: (() => SentAs) | null
}

/** The frame on the screen; read when the hand begins, so no signal: it changes thirty times a second. */
export const onScreen: { moment: Moment | null } = { moment: null }

const LOOK_MS = 10
const LOOKS = 30 // 0.3 s: longer than a frame takes to its encoder and through it

/** Once it is known what was under the hand; at once for a frame that was received. Where nothing is sent any more, the
 * last frame that was sent is what the others look at; where the picture has gone meanwhile, nothing is. `seen`: the
 * first frame of that moment that others have, too. */
export function settle(moment: Moment, then: (frame: FrameKey, seen: FrameKey) => void, looks = LOOKS): void {
  const own = moment.later?.()
  if (own && !own.settled && looks > 0) setTimeout(() => settle(moment, then, looks - 1), LOOK_MS)
  else if (onScreen.moment?.frame.track === moment.frame.track) tell(moment.frame, own, then)
}

function tell(frame: FrameKey, own: SentAs | undefined, then: (frame: FrameKey, seen: FrameKey) => void): void {
  const rtp = own?.rtp ?? frame.rtp
  then({ ...frame, rtp }, { ...frame, rtp: own?.next ?? rtp })
}

/** Why the frame on the screen has no name, so that it can be neither frozen nor drawn on: the browser tells frames apart
 * by nothing, or the page has not found out yet; null: it has one. */
export const nameless = signal<'browser' | 'wait' | null>('wait')

/** `able`: this browser names frames of this picture at all. */
export function whyNameless(rtp: number | null, able: boolean): 'browser' | 'wait' | null {
  if (rtp !== null) return null
  return able ? 'wait' : 'browser'
}

/** A picture goes, or the consultation ends: nothing half-drawn is left. */
export function resetLive(): void {
  open.value = null
  draft.value = null
  cross.value = null
  pending.value = []
  onScreen.moment = null
  nameless.value = 'wait'
}
