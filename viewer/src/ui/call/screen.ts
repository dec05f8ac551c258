// How much of the screen the stage has: all of it (full screen, or a phone held sideways), or a window of its own.
import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

import type { TrackId } from '../../session/wire.gen'
import { pinned } from './panel'

/** Wished by hand. The patient's name, microphone, camera and recording state stay in sight all the same: it is the
 * page that fills the screen, not the picture alone. */
const wished = signal(false)
const SIDEWAYS = '(max-height: 500px) and (orientation: landscape)'
const sideways = signal(false)
/** What is on the stage; full screen keeps it there. */
export const onStage = signal<TrackId | 'pictures' | null>(null)
/** Pinned by going full screen, so unpinned by coming back. */
let keptFor: TrackId | 'pictures' | null = null

export function stageOnly(): boolean {
  return wished.value || sideways.value
}

export function fullScreen(): boolean {
  return wished.value
}

export function toggleStageOnly(): void {
  if (wished.value) return leave()
  wished.value = true
  if (pinned.value === null) pinned.value = keptFor = onStage.value
  // iPhones have no full screen for pages: the page's own room is all there is to give.
  void document.documentElement.requestFullscreen?.().catch(() => undefined)
}

/** While the call page is there: follows the browser (Esc) and how the phone is held. */
export function useScreen(): void {
  useEffect(() => {
    const media = window.matchMedia(SIDEWAYS)
    const turned = (): void => void (sideways.value = media.matches)
    const changed = (): void => {
      if (!document.fullscreenElement && wished.value) leave()
    }
    turned()
    media.addEventListener('change', turned)
    document.addEventListener('fullscreenchange', changed)
    return () => {
      media.removeEventListener('change', turned)
      document.removeEventListener('fullscreenchange', changed)
      leave()
    }
  }, [])
}

function leave(): void {
  wished.value = false
  if (keptFor !== null && pinned.value === keptFor) pinned.value = null
  keptFor = null
  if (document.fullscreenElement) void document.exitFullscreen().catch(() => undefined)
}

export function canFloat(): boolean {
  return document.pictureInPictureEnabled === true
}

/** The stage's picture in a small window over everything else; the picture stays pinned as long as it floats. */
export async function float(video: HTMLVideoElement | null): Promise<void> {
  if (document.pictureInPictureElement) return document.exitPictureInPicture().catch(() => undefined)
  if (!video || onStage.value === null || onStage.value === 'pictures') return
  const kept = onStage.value
  const before = pinned.value
  pinned.value = kept
  const back = (): void => {
    if (pinned.value === kept) pinned.value = before
  }
  video.addEventListener('leavepictureinpicture', back, { once: true })
  await video.requestPictureInPicture().catch(back)
}
