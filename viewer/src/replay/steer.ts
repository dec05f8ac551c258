// How a media element is kept on the replay's clock: a little faster or slower while it is near, a seek when it is far.
// Pure.

/** Where an element should be. `at`: seconds of its file. */
export interface Aim {
  readonly at: number
  readonly rate: number
  readonly running: boolean
}

/** Where it is. */
export interface Seen {
  readonly at: number
  readonly rate: number
  readonly paused: boolean
  readonly seeking: boolean
}

export interface Move {
  readonly seek?: number
  readonly rate?: number
  readonly paused?: boolean
}

export const FAR_S = 0.2 // more is heard as an echo and seen on lips: no time to catch up slowly
export const OFF_S = 0.015
const ON_S = 0.004
const CATCH_UP_S = 1 // what is off is made good within so long
const MOST = 0.06 // of the rate: one does not hear it
const STILL_S = 0.001

/** What is to be done with it; empty = nothing. */
export function steer(aim: Aim, seen: Seen): Move {
  if (seen.seeking) return aim.running ? {} : stopped(seen)
  const off = aim.at - seen.at
  if (!aim.running) {
    const still = stopped(seen)
    return Math.abs(off) > STILL_S ? { ...still, seek: aim.at } : still
  }
  const moves: Move = seen.paused ? { paused: false } : {}
  if (Math.abs(off) > FAR_S) return { ...moves, seek: aim.at, ...paced(aim.rate, seen) }
  return { ...moves, ...paced(catchingUp(aim.rate, off, seen.rate !== aim.rate), seen) }
}

/** `correcting`: already on its way; then it goes on until it is as good as there. */
function catchingUp(rate: number, off: number, correcting: boolean): number {
  if (Math.abs(off) <= (correcting ? ON_S : OFF_S)) return rate
  const share = Math.max(-MOST, Math.min(MOST, off / (CATCH_UP_S * rate)))
  return rate * (1 + share)
}

function paced(rate: number, seen: Seen): Move {
  return Math.abs(rate - seen.rate) > 1e-6 ? { rate } : {}
}

function stopped(seen: Seen): Move {
  return seen.paused ? {} : { paused: true }
}
