// Tells the pages in other windows where the replay stands, once a second while it plays and at once where it is paused or
// led elsewhere: the form of a review takes its moments from that. Who comes later asks.
import { effect, untracked } from '@preact/signals'

import { placesOfReplays } from '../review/replayUrl'
import type { PictureSeen, PlaceNews } from '../review/replayUrl'
import { active } from '../ui/pictures/open'
import type { FrameKey } from '../session/wire.gen'
import type { Presented } from './frames'
import { looksOf, pinned } from './looks'
import type { Looks } from './looks'
import type { Replay } from './replay'
import { whyNothing } from './nothing'

/** Returns how to end it. */
export function tellPlace(replay: Replay): () => void {
  const { consultation } = replay.opened
  const channel = placesOfReplays()
  let told = -1
  const tell = (): void => {
    told = replay.player.at(performance.now())
    const news: PlaceNews = { consultation, t: told, picture: pictureSeen(replay), frame: frameSeen(replay, told) }
    channel.postMessage(news)
  }
  channel.onmessage = ({ data }: MessageEvent<PlaceNews>) => {
    if (data.asks === consultation) untracked(tell)
  }
  const end = effect(() => {
    const now = replay.t.value
    const passed = Math.floor(now / 1e6) !== Math.floor(told / 1e6)
    if (passed || (!replay.playing.value && now !== told)) untracked(tell)
  })
  const { presented, keys } = replay.media
  const looked = effect(() => {
    void [replay.sight.value, pinned.value, active.value, presented.value, keys.came.value]
    if (!replay.playing.peek()) untracked(tell)
  })
  return () => {
    end()
    looked()
    channel.close()
  }
}

/** The shared picture that is on the stage, where the tools would act. */
function pictureSeen(replay: Replay): PictureSeen | null {
  if (!staging(replay).pictures) return null
  const { viewports } = replay.sight.peek()
  const image = viewports[Math.min(active.peek(), viewports.length - 1)]?.image
  return image ? { instance: image.instance, frame: image.frame } : null
}

/** The frame of the live picture that is on the stage; null also as long as nobody knows. */
export function frameSeen(replay: Replay, t: number): FrameKey | null {
  const presented = liveSeen(replay)
  return presented && replay.media.keys.at(presented, t)
}

/** What the live picture on the stage shows; null where there is none, or something is in its place. */
export function liveSeen(replay: Replay): Presented | null {
  const { pictures, staged } = staging(replay)
  const run = staged && replay.media.playing.peek().get(staged.track.track)
  const presented = replay.media.presented.peek()
  const seen = !pictures && run && presented?.run === run && !untracked(() => whyNothing(replay, staged, run))
  return seen ? presented : null
}

function staging(replay: Replay): Looks {
  const open = replay.sight.peek().viewports.some(({ image }) => image !== null)
  return looksOf({ state: replay.state.peek() }, open, replay.startedLast(), pinned.peek())
}
