// Tells the pages in other windows where the replay stands, once a second while it plays and at once where it is paused or
// led elsewhere: the form of a review takes its moments from that. Who comes later asks.
import { effect } from '@preact/signals'

import { placesOfReplays } from '../review/replayUrl'
import type { PlaceNews } from '../review/replayUrl'
import type { Replay } from './replay'

/** Returns how to end it. */
export function tellPlace(replay: Replay): () => void {
  const { consultation } = replay.opened
  const channel = placesOfReplays()
  let told = -1
  const tell = (): void => {
    told = replay.player.at(performance.now())
    channel.postMessage({ consultation, t: told, frame: null } satisfies PlaceNews)
  }
  channel.onmessage = ({ data }: MessageEvent<PlaceNews>) => {
    if (data.asks === consultation) tell()
  }
  const end = effect(() => {
    const now = replay.t.value
    const passed = Math.floor(now / 1e6) !== Math.floor(told / 1e6)
    if (passed || (!replay.playing.value && now !== told)) tell()
  })
  return () => {
    end()
    channel.close()
  }
}
