// The sign of each kind of moment: told apart by shape, never by colour alone.
import {
  ArrowUpRight,
  CircleDot,
  CirclePause,
  Crown,
  FileCheck,
  Flag,
  MessageSquare,
  Navigation,
  Snowflake,
  SquareX,
  WifiOff,
} from 'lucide'
import type { IconNode } from 'lucide'

import { isKnown } from './moments'
import type { MomentKind } from './moments'

const SIGNS: Record<MomentKind, IconNode> = {
  gap: CirclePause,
  damaged: SquareX,
  network: WifiOff,
  freeze: Snowflake,
  mark: ArrowUpRight,
  cue: Navigation,
  chat: MessageSquare,
  lead: Crown,
  opinion: FileCheck,
  recording: CircleDot,
}

export function signOf(kind: string): IconNode {
  return isKnown(kind) ? SIGNS[kind] : Flag
}
