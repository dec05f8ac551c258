// A <video> that shows one track. Always muted: sound has elements of its own (Sound.tsx), so pictures always start.
import { useEffect, useRef } from 'preact/hooks'

interface TrackVideoProps {
  track: MediaStreamTrack | undefined
  label: string
  mirrored?: boolean
  hidden?: boolean
  /** May leave the page for a small window of its own. */
  floats?: boolean
  data?: Record<string, string | number>
}

export function TrackVideo(props: TrackVideoProps) {
  const { track, label, mirrored = false, hidden = false, floats = false, data = {} } = props
  const element = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    const video = element.current
    if (!video) return
    video.srcObject = track ? new MediaStream([track]) : null
    video.play().catch(() => undefined) // muted video starts; a hidden page pauses it and the browser resumes it
    return () => {
      video.srcObject = null
    }
  }, [track])
  return (
    <video
      ref={element}
      class={`track-video${mirrored ? ' mirrored' : ''}${hidden ? ' unseen' : ''}`}
      aria-label={label}
      autoplay
      muted
      playsInline
      disablePictureInPicture={!floats}
      {...data}
    />
  )
}
