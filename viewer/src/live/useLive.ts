// A live picture on the stage comes to life: frames are counted by their keys, marks are drawn on them.
import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

import * as store from '../session/store'
import type { Shown } from '../session/view'
import type { TrackId } from '../session/wire.gen'
import { Painter } from './painter'
import type { Scene } from './painter'
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
  { track: { track }, mid }: Shown,
  video: () => HTMLVideoElement | null,
  canvas: RefObject<HTMLCanvasElement | null>,
): void {
  const own = mid === ''
  const received = own ? undefined : store.remote.value.get(mid)
  const painter = useRef<Painter | null>(null)
  const slot = useRef(mid)
  useEffect(() => {
    const [playing, drawing] = [video(), canvas.current]
    if (!playing || !drawing) return
    const here = (): boolean => own || store.view.value?.slots.get(slot.current) === track
    const made = painterOf(track, own, here, playing, drawing)
    if (made.start()) painter.current = made
    else nameless.value = 'browser'
    return () => {
      made.stop()
      painter.current = null
      resetLive()
    }
  }, [track, own])
  // The same picture may come by another slot, or anew after a lost connection: what is drawn on it stays.
  useEffect(() => {
    slot.current = mid
    painter.current?.follow(received)
  }, [track, own, mid, received])
}

/** `here`: what comes is of this track. A slot that was given another one is not, while the page has not followed yet. */
function painterOf(
  track: TrackId,
  own: boolean,
  here: () => boolean,
  playing: HTMLVideoElement,
  drawing: HTMLCanvasElement,
): Painter {
  const came = own ? (rtp: number): boolean => frames.peek()?.wasSent(rtp) ?? false : undefined
  const telestration = new Telestration(track, came)
  const recent: Names[] = []
  const compose = (frame: Names): Scene | null => {
    const view = store.view.value
    if (!view || !here()) return null
    for (const one of recent) telestration.present(sentAs(one).rtp)
    const key = keyOf(frame, own)
    telestration.present(key)
    if (own && recent.push(frame) > LATE_FRAMES) recent.shift()
    const rtp = telestration.current
    const moment = momentOf(track, frame, own ? key : rtp, own)
    onScreen.moment = moment
    nameless.value = whyNameless(
      moment?.frame.rtp ?? null,
      own ? frames.peek() !== null : frame.rtpTimestamp !== undefined,
    )
    const now = (performance.now() - view.zeroMs) * 1000
    const drawings = telestration.drawings(view.state.looking.marks, now)
    say(drawing, rtp, drawings)
    return sceneOf(view, track, drawings)
  }
  return new Painter(playing, drawing, compose, (rtp) => {
    if (here()) telestration.arrive(rtp)
  })
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
