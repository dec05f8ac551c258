// Probe cues: their signs, their order on the pad, and how often they are spoken. Pure.
import {
  ArrowBigDown,
  ArrowBigLeft,
  ArrowBigRight,
  ArrowBigUp,
  ArrowDownToLine,
  ArrowUpFromLine,
  CornerRightDown,
  CornerRightUp,
  CornerUpLeft,
  CornerUpRight,
  Fan,
  Hand,
  RotateCcw,
  RotateCw,
} from 'lucide'
import type { IconNode } from 'lucide'

import type { Cue } from '../session/wire.gen'

export const CUE_ICONS: Record<Cue, IconNode> = {
  tilt_left: CornerUpLeft,
  tilt_right: CornerUpRight,
  tilt_up: CornerRightUp,
  tilt_down: CornerRightDown,
  rotate_clockwise: RotateCw,
  rotate_counterclockwise: RotateCcw,
  slide_left: ArrowBigLeft,
  slide_right: ArrowBigRight,
  slide_up: ArrowBigUp,
  slide_down: ArrowBigDown,
  press_more: ArrowDownToLine,
  press_less: ArrowUpFromLine,
  fan: Fan,
  hold: Hand,
}

export const PAD: readonly { group: string; cues: readonly Cue[] }[] = [
  { group: 'tilt', cues: ['tilt_left', 'tilt_up', 'tilt_down', 'tilt_right'] },
  { group: 'slide', cues: ['slide_left', 'slide_up', 'slide_down', 'slide_right'] },
  { group: 'rotate', cues: ['rotate_counterclockwise', 'rotate_clockwise'] },
  { group: 'press', cues: ['press_less', 'press_more'] },
  { group: 'other', cues: ['fan', 'hold'] },
]

export const SHOWN_MS = 4_000
const APART_MS = 1_200 // quicker than this a sentence is cut off before it is understood

/** Says when to speak: the newest cue, not more often than an ear follows. */
export class Pace {
  private lastMs = -Infinity

  /** How long to wait before speaking what came at `now`; a newer one takes its place meanwhile. */
  wait(now: number): number {
    return Math.max(0, this.lastMs + APART_MS - now)
  }

  spoke(now: number): void {
    this.lastMs = now
  }
}
