// What is on the stage: what the viewer pinned, else the probe, else a shared picture, else a face: who speaks, if that
// is to be followed. Of two of a kind the one that was started last. Pure.
import type { Shown } from './view'
import type { ParticipantId, TrackId } from './wire.gen'

const ORDER = ['probe', 'screen', 'face', 'room'] as const

/** `me`: my own screen is never on my stage, it would show itself for ever. `speaker`: null = not followed. */
export function chooseStage(
  videos: readonly Shown[],
  pinned: TrackId | 'pictures' | null,
  me: ParticipantId = 0 as ParticipantId,
  speaker: ParticipantId | null = null,
): Shown | null {
  const fit = videos.filter(({ track, owner }) => track.purpose !== 'screen' || owner.participant !== me)
  const kept = fit.find((video) => video.track.track === pinned)
  if (kept) return kept
  for (const purpose of ORDER) {
    const found = fit.filter((video) => video.track.purpose === purpose)
    if (found.length > 0) return purpose === 'face' ? face(found, speaker) : newest(found)
  }
  return null
}

/** Whether the pictures are on the stage instead of `staged`: pinned, or nothing but a face is there, or they were
 * started after the probe or screen that is. */
export function picturesOnStage(
  open: boolean,
  pinned: TrackId | 'pictures' | null,
  staged: Shown | null,
  startedLast: 'track' | 'pictures',
): boolean {
  if (!open || pinned === 'pictures') return open
  if (!staged) return true
  if (staged.track.track === pinned) return false
  return startedLast === 'pictures' || staged.track.purpose === 'face' || staged.track.purpose === 'room'
}

function newest(found: readonly Shown[]): Shown | null {
  return found.reduce<Shown | null>((last, one) => (last && last.track.track > one.track.track ? last : one), null)
}

function face(found: readonly Shown[], speaker: ParticipantId | null): Shown | null {
  const seen = found.filter((video) => video.owner.camera)
  return seen.find((video) => video.owner.participant === speaker) ?? seen[0] ?? found[0] ?? null
}
