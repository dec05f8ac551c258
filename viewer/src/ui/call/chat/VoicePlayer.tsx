// A voice message to listen to. The duration comes from the log: a browser's own recording does not hold its length.
import { Pause, Play } from 'lucide'
import { useRef, useState } from 'preact/hooks'

import { t } from '../../../i18n'
import { Icon } from '../../kit/Icon'
import { duration } from '../../words'

/** One voice at a time. */
let speaking: HTMLAudioElement | null = null

interface VoicePlayerProps {
  url: string
  /** Whose; empty = my own that is not sent yet. */
  name: string
  durationMs: number
}

export function VoicePlayer({ url, name, durationMs }: VoicePlayerProps) {
  const audio = useRef<HTMLAudioElement>(null)
  const [playing, setPlaying] = useState(false)
  const [at, setAt] = useState(0)
  const [failed, setFailed] = useState(false)
  const seconds = durationMs / 1000
  const toggle = (): void => {
    const player = audio.current
    if (!player) return
    if (!player.paused) return player.pause()
    if (speaking !== player) speaking?.pause()
    speaking = player
    if (failed) player.load()
    setFailed(false)
    player.play().catch(() => setFailed(true))
  }
  const label = name ? t('chat.voice_of', { name }) : t('chat.voice_ready')
  return (
    <div class="voice" role="group" aria-label={`${label}, ${duration(seconds)}`}>
      <button
        type="button"
        class="button plain only-icon"
        aria-label={playing ? t('chat.pause') : t('chat.play')}
        onClick={toggle}
      >
        <Icon of={playing ? Pause : Play} />
      </button>
      <input
        type="range"
        class="voice-place"
        aria-label={t('chat.place')}
        aria-valuetext={`${duration(at)} / ${duration(seconds)}`}
        min={0}
        max={Math.max(1, seconds)}
        step={1}
        value={at}
        onInput={(event) => {
          const wanted = Number(event.currentTarget.value)
          setAt(wanted)
          if (audio.current) audio.current.currentTime = wanted
        }}
      />
      <span class="figures small">{duration(playing || at > 0 ? at : seconds)}</span>
      <audio
        ref={audio}
        src={url}
        preload={name ? 'none' : 'auto'}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setAt(0)}
        onTimeUpdate={(event) => setAt(event.currentTarget.currentTime)}
      />
      {failed && (
        <p class="small amber-text" role="alert">
          {t('chat.not_loaded')}
        </p>
      )}
    </div>
  )
}
