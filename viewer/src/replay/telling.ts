// Tells the pages in other windows where the replay stands, once a second while it plays and at once where it is paused or
// led elsewhere: the form of a review takes its moments from that. Who comes later asks.
import { effect } from '@preact/signals'

import { placesOfReplays } from '../review/replayUrl'
import type { PictureSeen, PlaceNews } from '../review/replayUrl'
import { active } from '../ui/pictures/open'
import { looksOf, pinned } from './looks'
import type { Replay } from './replay'

/** Returns how to end it. */
export function tellPlace(replay: Replay): () => void {
  const { consultation } = replay.opened
  const channel = placesOfReplays()
  let told = -1
  const tell = async (): Promise<void> => {
    const t = replay.player.at(performance.now())
    told = t
    const picture = pictureSeen(replay)
    const frame = picture ? null : await replay.media.frameAt(t)
    if (t === told) channel.postMessage({ consultation, t, picture, frame } satisfies PlaceNews)
  }
  channel.onmessage = ({ data }: MessageEvent<PlaceNews>) => {
    if (data.asks === consultation) void tell()
  }
  const end = effect(() => {
    const now = replay.t.value
    const passed = Math.floor(now / 1e6) !== Math.floor(told / 1e6)
    if (passed || (!replay.playing.value && now !== told)) void tell()
  })
  const looked = effect(() => {
    void [replay.sight.value, pinned.value, active.value, replay.media.presented.value]
    if (!replay.playing.peek()) void tell()
  })
  return () => {
    end()
    looked()
    channel.close()
  }
}

/** The shared picture that is on the stage, where the tools would act. */
export function pictureSeen(replay: Replay): PictureSeen | null {
  const { viewports } = replay.sight.peek()
  const open = viewports.some(({ image }) => image !== null)
  const state = replay.state.peek()
  if (!looksOf({ state }, open, replay.startedLast(), pinned.peek()).pictures) return null
  const image = viewports[Math.min(active.peek(), viewports.length - 1)]?.image
  return image ? { instance: image.instance, frame: image.frame } : null
}
