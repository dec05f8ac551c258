// How loud the microphone is, as a bar. Drawn outside the component tree: 15 times a second.
import { Mic } from 'lucide'
import { useEffect, useRef } from 'preact/hooks'

import { t } from '../../i18n'
import { meter } from '../../rtc/level'
import { Icon } from './Icon'

const EVERY_MS = 66

export function LevelBar({ track }: { track: MediaStreamTrack | undefined }) {
  const fill = useRef<HTMLSpanElement>(null)
  const bar = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    if (!track) return
    const reading = meter(track)
    const timer = setInterval(() => {
      const level = reading.read()
      if (fill.current) fill.current.style.transform = `scaleX(${level.toFixed(2)})`
      bar.current?.setAttribute('aria-valuenow', String(Math.round(level * 100)))
    }, EVERY_MS)
    return () => {
      clearInterval(timer)
      reading.stop()
    }
  }, [track])
  return (
    <div class="level">
      <Icon of={Mic} />
      <span
        ref={bar}
        class="level-bar"
        role="meter"
        aria-label={t('check.level')}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <span ref={fill} class="level-fill" />
      </span>
    </div>
  )
}
