// Over a live picture: the canvas with the marks, the hand that draws, and the cue for whoever holds the probe.
import { useEffect, useRef } from 'preact/hooks'

import { t } from '../i18n'
import type { Shown, View } from '../session/view'
import { CueShown } from './CueShown'
import { cancel, keyed, move, placeOf, press, release } from './hand'
import type { Canvas } from './hand'
import './live.css'
import { FRACTION } from './place'
import { draft, open, tool } from './state'
import { useLive } from './useLive'
import './words'

interface LivePictureProps {
  view: View
  staged: Shown
  video: () => HTMLVideoElement | null
}

export default function LivePicture({ view, staged, video }: LivePictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLive(staged, video, canvas)
  return (
    <>
      <canvas ref={canvas} class="live-canvas" hidden aria-hidden="true" data-track={staged.track.track} />
      {open.value === 'mark' && <Hand staged={staged} video={video} />}
      {staged.owner.participant === view.me && <CueShown view={view} />}
    </>
  )
}

function Hand({ staged, video }: Omit<LivePictureProps, 'view'>) {
  const area = useRef<HTMLDivElement>(null)
  const canvas: Canvas = {
    track: staged.track.track,
    box: () => video()?.getBoundingClientRect() ?? new DOMRect(),
    picture: () => ({ width: video()?.videoWidth || 1, height: video()?.videoHeight || 1 }),
  }
  useEffect(() => () => cancel(), [])
  return (
    <>
      <div
        ref={area}
        class="live-hand"
        role="application"
        tabIndex={0}
        aria-label={t('live.picture')}
        onDblClick={(event) => event.stopPropagation()}
        onPointerDown={(event) => {
          if (!event.isPrimary || event.button !== 0) return
          area.current?.setPointerCapture(event.pointerId)
          press(canvas, placeOf(canvas, event))
        }}
        onPointerMove={(event) => event.isPrimary && move(canvas, placeOf(canvas, event))}
        onPointerUp={(event) => event.isPrimary && release(canvas)}
        onPointerCancel={() => cancel()}
        onPointerLeave={() => tool.value === 'point' && cancel()}
        onBlur={() => draft.value === null && cancel()}
        onKeyDown={(event) => {
          if (!keyed(canvas, event.key, event.shiftKey)) return
          event.preventDefault()
          event.stopPropagation()
        }}
      />
      {draft.value?.shape === 'text' && <TextField canvas={canvas} video={video} />}
    </>
  )
}

/** Where the words will stand. Enter keeps them, Escape does not. */
function TextField({ canvas, video }: { canvas: Canvas; video: () => HTMLVideoElement | null }) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus({ preventScroll: true }), [])
  const at = draft.value?.points[0]
  useEffect(() => {
    const [input, playing] = [field.current, video()]
    if (!input || !at || !playing) return
    const scale = Math.min(playing.clientWidth / playing.videoWidth, playing.clientHeight / playing.videoHeight)
    const left = (playing.clientWidth - playing.videoWidth * scale) / 2
    const top = (playing.clientHeight - playing.videoHeight * scale) / 2
    // By script: the policy forbids style attributes.
    input.style.left = `${Math.min(left + (at.x / FRACTION) * playing.videoWidth * scale, playing.clientWidth - 220)}px`
    input.style.top = `${Math.min(top + (at.y / FRACTION) * playing.videoHeight * scale, playing.clientHeight - 48)}px`
  }, [at])
  return (
    <input
      ref={field}
      class="live-text"
      maxLength={200}
      aria-label={t('live.text_field')}
      placeholder={t('live.text_hint')}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !event.isComposing) release(canvas, event.currentTarget.value)
        else if (event.key === 'Escape') cancel()
        else return
        event.stopPropagation()
      }}
      onBlur={(event) => (event.currentTarget.value ? release(canvas, event.currentTarget.value) : cancel())}
    />
  )
}
