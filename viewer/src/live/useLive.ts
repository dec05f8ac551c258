// A live picture on the stage comes to life: frames are counted by their keys, marks are drawn on them.
import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'

import * as store from '../session/store'
import type { Shown } from '../session/view'
import { Painter } from './painter'
import { frames } from './publisher'
import { sceneOf } from './scene'
import { nameless, onScreen, resetLive, whyNameless } from './state'
import type { Names } from './taken'
import { Telestration } from './telestration'
import type { Drawing } from './telestration'

/** `video`: where the picture plays; `canvas`: what covers it while something is drawn. */
export function useLive(
  { track, mid }: Shown,
  video: () => HTMLVideoElement | null,
  canvas: RefObject<HTMLCanvasElement | null>,
): void {
  const own = mid === ''
  useEffect(() => {
    const [playing, drawing] = [video(), canvas.current]
    if (!playing || !drawing) return
    const telestration = new Telestration(track.track)
    const painter = new Painter(playing, drawing, (frame) => {
      const view = store.view.value
      if (!view) return null
      telestration.present(keyOf(frame, own))
      const rtp = telestration.current
      nameless.value = whyNameless(rtp, own ? frames.peek() !== null : frame.rtpTimestamp !== undefined)
      onScreen.frame = rtp === null ? null : { track: track.track, rtp }
      const now = (performance.now() - view.zeroMs) * 1000
      const drawings = telestration.drawings(view.state.looking.marks, now)
      say(drawing, rtp, drawings)
      return sceneOf(view, track.track, drawings)
    })
    if (!('requestVideoFrameCallback' in playing)) nameless.value = 'browser'
    painter.start()
    return () => {
      painter.stop()
      resetLive()
    }
  }, [track.track, own])
}

/** What the canvas claims to show, for those who measure whether it does: its frame, its marks, those of them that are
 * not where they were drawn. */
function say({ dataset }: HTMLCanvasElement, rtp: number | null, drawings: readonly Drawing[]): void {
  const keys = (some: readonly Drawing[]): string => some.map(({ state }) => state.mark.key).join(' ')
  dataset['rtp'] = String(rtp ?? '')
  dataset['marks'] = keys(drawings)
  dataset['flagged'] = keys(drawings.filter(({ anchor }) => anchor !== 'exact'))
}

/** A received frame says its RTP timestamp; one of my own probe is known by when it was captured. */
function keyOf(frame: Names, own: boolean): number | null {
  if (!own) return frame.rtpTimestamp ?? null
  return frames.value?.keyOf(frame) ?? null
}
