// A live picture on the stage comes to life: frames are counted by their keys, marks are drawn on them.
import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'

import * as store from '../session/store'
import type { Shown } from '../session/view'
import type { TrackId } from '../session/wire.gen'
import { Painter } from './painter'
import { frames } from './publisher'
import { sceneOf } from './scene'
import { nameless, onScreen, resetLive, whyNameless } from './state'
import type { Moment } from './state'
import type { SentAs } from './sent'
import type { Names } from './taken'
import { Telestration } from './telestration'
import type { Drawing } from './telestration'

/** A frame of my own probe is on my screen before it is sent: by so many frames later its key is known. */
const LATE_FRAMES = 3

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
    const came = own ? (rtp: number): boolean => frames.peek()?.wasSent(rtp) ?? false : undefined
    const telestration = new Telestration(track.track, came)
    const recent: Names[] = []
    const painter = new Painter(playing, drawing, (frame) => {
      const view = store.view.value
      if (!view) return null
      for (const one of recent) telestration.present(sentAs(one).rtp)
      const key = keyOf(frame, own)
      telestration.present(key)
      if (own && recent.push(frame) > LATE_FRAMES) recent.shift()
      const rtp = telestration.current
      const moment = momentOf(track.track, frame, own ? key : rtp, own)
      onScreen.moment = moment
      nameless.value = whyNameless(
        moment?.frame.rtp ?? null,
        own ? frames.peek() !== null : frame.rtpTimestamp !== undefined,
      )
      const now = (performance.now() - view.zeroMs) * 1000
      const drawings = telestration.drawings(view.state.looking.marks, now)
      say(drawing, rtp, drawings)
      return sceneOf(view, track.track, drawings)
    })
    if (!('requestVideoFrameCallback' in playing)) nameless.value = 'browser'
    painter.start(own ? undefined : (rtp) => telestration.arrive(rtp))
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

function momentOf(track: TrackId, frame: Names, rtp: number | null, own: boolean): Moment | null {
  return rtp === null ? null : { frame: { track, rtp }, later: own ? () => sentAs(frame) : null }
}

function sentAs(frame: Names): SentAs {
  return frames.value?.sentAs(frame) ?? { rtp: null, settled: true, next: null }
}
