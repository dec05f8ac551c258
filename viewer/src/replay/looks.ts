// What there is to see at a moment: the live pictures of everybody who was there, and which of all is on the stage.
import { signal } from '@preact/signals'

import { chooseStage, picturesOnStage } from '../session/stage'
import type { Shown, View } from '../session/view'
import type { State, TrackId } from '../session/wire.gen'

/** What the viewer chose to see large; null = what the live page would have shown. */
export const pinned = signal<TrackId | 'pictures' | null>(null)

export interface Looks {
  /** Null: the shared pictures, or nothing. */
  readonly staged: Shown | null
  readonly pictures: boolean
  readonly tiles: readonly Shown[]
  /** Shared pictures are open, and not on the stage. */
  readonly picturesAside: boolean
}

export function looksOf(
  { state }: Pick<View, 'state'>,
  picturesOpen: boolean,
  started: 'track' | 'pictures',
  chosen: typeof pinned.value,
): Looks {
  const videos = videosOf(state)
  const candidate = chooseStage(videos, chosen)
  const pictures = picturesOnStage(picturesOpen, chosen, candidate, started)
  const staged = pictures ? null : candidate
  return { staged, pictures, tiles: videos.filter((one) => one !== staged), picturesAside: picturesOpen && !pictures }
}

function videosOf(state: State): Shown[] {
  return state.tracks.flatMap((track) => {
    const owner = state.participants.find(({ participant }) => participant === track.participant)
    return track.kind === 'video' && owner ? [{ mid: track.mid, track, owner }] : []
  })
}
