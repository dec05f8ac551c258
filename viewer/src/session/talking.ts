// Who is talking, from how loud everybody is. Pure: levels and a clock in, a new state out. The hysteresis keeps a
// cough from moving the picture and a breath from ending a sentence.
import type { ParticipantId } from './wire.gen'

export interface Talking {
  /** Everybody who talks right now. */
  readonly now: ReadonlySet<ParticipantId>
  /** Who has the floor: stays until somebody else clearly takes it. */
  readonly floor: ParticipantId | null
  /** Since when each is loud (or, if talking, last was), ms. */
  readonly heard: ReadonlyMap<ParticipantId, number>
  /** Who is louder than the floor's holder, and since when, ms. */
  readonly rival: { who: ParticipantId; since: number } | null
}

export const QUIET: Talking = { now: new Set(), floor: null, heard: new Map(), rival: null }

const LOUD = 0.02 // linear 0 to 1, about −34 dBFS: speech near a laptop is 0.03 to 0.3
const SOFT = 0.01
const BEGIN_MS = 250 // shorter than a word is a knock on the table
const END_MS = 1_200 // people breathe
const TAKE_MS = 1_500 // who is louder for this long has the floor

/** `levels`: linear 0 to 1, only of those who are there. */
export function listen(before: Talking, levels: ReadonlyMap<ParticipantId, number>, now: number): Talking {
  const heard = new Map<ParticipantId, number>()
  const talking = new Set<ParticipantId>()
  for (const [who, level] of levels) {
    const since = before.heard.get(who)
    if (before.now.has(who)) {
      const last = level >= SOFT ? now : (since ?? now)
      if (now - last >= END_MS) continue
      talking.add(who)
      heard.set(who, last)
    } else if (level >= LOUD) {
      heard.set(who, since ?? now)
      if (now - (since ?? now) >= BEGIN_MS) talking.add(who)
    }
  }
  return { now: talking, heard, ...giveFloor(before, levels, talking, now) }
}

/** A free floor goes to the loudest at once; a taken one only to who talks while its holder is silent or softer. */
function giveFloor(
  before: Talking,
  levels: ReadonlyMap<ParticipantId, number>,
  talking: ReadonlySet<ParticipantId>,
  now: number,
): Pick<Talking, 'floor' | 'rival'> {
  const loudness = (who: ParticipantId): number => (talking.has(who) ? (levels.get(who) ?? 0) : -1)
  const [loudest] = [...talking].sort((a, b) => loudness(b) - loudness(a))
  const floor = before.floor !== null && levels.has(before.floor) ? before.floor : null
  if (loudest === undefined || loudest === floor) return { floor, rival: null }
  if (floor === null) return { floor: loudest, rival: null }
  if (loudness(loudest) <= loudness(floor)) return { floor, rival: null }
  const since = before.rival?.who === loudest ? before.rival.since : now
  return now - since >= TAKE_MS ? { floor: loudest, rival: null } : { floor, rival: { who: loudest, since } }
}
