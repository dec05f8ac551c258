// What is on the stage: what the viewer pinned, else the probe, else a shared picture, else the other's face. Pure.
import type { Shown } from './view'
import type { TrackId } from './wire.gen'

const ORDER = ['probe', 'screen', 'face', 'room'] as const

export function chooseStage(videos: readonly Shown[], pinned: TrackId | null): Shown | null {
  const kept = videos.find((video) => video.track.track === pinned)
  if (kept) return kept
  for (const purpose of ORDER) {
    const found = videos.filter((video) => video.track.purpose === purpose)
    const best = found.find((video) => purpose !== 'face' || video.owner.camera) ?? found[0]
    if (best) return best
  }
  return null
}
