// Over a live picture: the marks and pointers that were on it, drawn in the very callback that presents the frame.
import { effect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'

import { Painter } from '../live/painter'
import type { Scene } from '../live/painter'
import { wordsOf } from '../live/scene'
import '../live/live.css'
import { colourOf } from '../marks/colours'
import { alphaOf } from '../marks/draw'
import type { DrawnMark, DrawnPointer } from '../marks/draw'
import { personOf } from '../session/view'
import { FADES_US } from '../session/wire.gen'
import type { MarkState, State, TrackId } from '../session/wire.gen'
import type { Replay } from './replay'

interface MarkedProps {
  replay: Replay
  track: TrackId
}

export function Marked({ replay, track }: MarkedProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const run = replay.media.playing.value.get(track)
  useEffect(() => {
    const video = run && replay.media.elementOf(run)
    if (!run || !(video instanceof HTMLVideoElement) || !canvas.current) return
    const painter = new Painter(video, canvas.current, () => sceneAt(replay, track))
    painter.start()
    const times = frameTimes(video, (us, lasts) => {
      replay.media.presented.value = us === null ? null : { run, us }
      if (lasts > 5_000 && lasts < 200_000) replay.frameUs = lasts
    })
    // A clock that stands brings no frames: what changed by a jump, or by pressing pause, is drawn all the same.
    const still = effect(() => {
      void [replay.t.value, replay.state.value, replay.pointing.value]
      if (!replay.player.running) painter.again()
    })
    return () => {
      still()
      times()
      painter.stop()
      replay.media.presented.value = null
    }
  }, [run, track])
  return <canvas ref={canvas} class="live-canvas" hidden aria-hidden="true" data-track={track} />
}

/** Null: nothing is drawn, the bare video will do. */
function sceneAt(replay: Replay, track: TrackId): Scene | null {
  const state = replay.state.peek()
  const now = replay.t.peek()
  const marks = state.looking.marks.flatMap((one) => drawn(state, one, track, now))
  const pointers = [...replay.pointing.peek()].flatMap(([who, at]): DrawnPointer[] => {
    return at.track === track ? [{ at, colour: colourOf(who), name: personOf(state, who)?.name ?? '' }] : []
  })
  return marks.length > 0 || pointers.length > 0 ? { marks, pointers } : null
}

/** A mark is told of later than the frame it was drawn on was recorded: by then that frame has been shown. */
function drawn(state: State, { mark, participant, t }: MarkState, track: TrackId, now: number): DrawnMark[] {
  const alpha = alphaOf(mark.fades, now - t, FADES_US)
  if (mark.frame?.track !== track || alpha <= 0) return []
  const words = [wordsOf(mark), personOf(state, participant)?.name ?? ''].filter(Boolean).join(' · ')
  return [{ mark, colour: colourOf(participant), words, alpha }]
}

/** Tells of each frame that is presented: when it is shown, µs of the file, and how long after the one before; null while
 * the video goes elsewhere. Returns how to end that. */
function frameTimes(video: HTMLVideoElement, tell: (us: number | null, lasts: number) => void): () => void {
  if (!('requestVideoFrameCallback' in video)) return () => undefined
  let last = NaN
  let handle = 0
  // Of one that stands already, or comes while the page is not seen, no callback tells.
  const stands = (): void => tell(Math.round(video.currentTime * 1e6), NaN)
  const leaves = (): void => tell(null, NaN)
  if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && !video.seeking) stands()
  video.addEventListener('seeked', stands)
  video.addEventListener('seeking', leaves)
  const look = (_: number, { mediaTime }: VideoFrameCallbackMetadata): void => {
    const us = Math.round(mediaTime * 1e6)
    if (!video.seeking) tell(us, us - last)
    last = us
    handle = video.requestVideoFrameCallback(look)
  }
  handle = video.requestVideoFrameCallback(look)
  return () => {
    video.removeEventListener('seeked', stands)
    video.removeEventListener('seeking', leaves)
    video.cancelVideoFrameCallback(handle)
  }
}
