// `window.__replay`: a look inside for system tests and the bench. Read-only; nothing here acts.
//   t()       where the clock stands, µs of the session
//   skews()   of everything that plays: how far it is ahead of the clock, ms
//   ready()   whether the clock waits for nothing
//   seq()     up to which event it is folded
//   frame()   the key of the frame of a live picture that is on the stage; null = none, or nobody knows
import type { FrameKey } from '../session/wire.gen'
import type { Replay } from './replay'
import { frameSeen } from './telling'

let shown: Replay | null = null

export function exposeReplay(replay: Replay): () => void {
  shown = replay
  if (!('__replay' in window))
    Object.defineProperty(window, '__replay', { value: Object.freeze({ t, skews, ready, seq, frame }) })
  return () => void (shown = null)
}

const t = (): number => shown?.player.at(performance.now()) ?? -1
const skews = (): object[] => shown?.media.skews(t()) ?? []
const ready = (): boolean => shown?.settled() ?? false
const seq = (): number => shown?.state.peek().seq ?? 0
const frame = (): FrameKey | null => shown && frameSeen(shown, t())
