// The hand on the clock: play, a little back or on, the next thing worth looking at, how fast, how loud.
import {
  ChevronFirst,
  ChevronLast,
  Keyboard,
  Pause,
  Play,
  RotateCcw,
  RotateCw,
  StepBack,
  StepForward,
  Volume2,
  VolumeX,
} from 'lucide'
import type { IconNode } from 'lucide'
import { useComputed } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'

import { t } from '../i18n'
import { Dialog } from '../ui/kit/Dialog'
import { Icon } from '../ui/kit/Icon'
import { clockTime } from '../ui/words'
import { NEAR_US, toMoment } from './keys'
import { RATES } from './player'
import type { Rate } from './player'
import type { Replay } from './replay'
import { code } from './words'

export function Bar({ replay }: { replay: Replay }) {
  return (
    <div class="replay-bar" role="toolbar" aria-label={t('replay.controls')}>
      <Times replay={replay} />
      <div class="replay-main">
        <Press says="replay.last_moment" icon={ChevronFirst} act={() => toMoment(replay, -1)} />
        <Press says="replay.back_5" icon={RotateCcw} act={() => replay.by(-NEAR_US)} />
        <PlayButton replay={replay} />
        <Press says="replay.on_5" icon={RotateCw} act={() => replay.by(NEAR_US)} />
        <Press says="replay.next_moment" icon={ChevronLast} act={() => toMoment(replay, 1)} />
      </div>
      <div class="replay-rest">
        <span class="wide-only replay-frames">
          <Press says="replay.frame_back" icon={StepBack} act={() => replay.step(-1)} />
          <Press says="replay.frame_on" icon={StepForward} act={() => replay.step(1)} />
        </span>
        <Rates replay={replay} />
        <Loud replay={replay} />
        <span class="wide-only">
          <Keys />
        </span>
      </div>
    </div>
  )
}

function Press({ says, icon, act }: { says: string; icon: IconNode; act: () => void }) {
  return (
    <button type="button" class="button plain only-icon" aria-label={t(says)} title={t(says)} onClick={act}>
      <Icon of={icon} size={24} />
    </button>
  )
}

function PlayButton({ replay }: { replay: Replay }) {
  const playing = replay.playing.value
  const element = useRef<HTMLButtonElement>(null)
  useEffect(() => element.current?.focus({ preventScroll: true }), []) // on a phone the head stays in sight
  return (
    <button
      ref={element}
      type="button"
      class="button primary replay-play"
      aria-busy={replay.waiting.value || undefined}
      onClick={() => replay.toggle()}
    >
      <Icon of={playing ? Pause : Play} size={28} />
      <span>{t(playing ? 'replay.pause' : 'replay.play')}</span>
    </button>
  )
}

/** Since the beginning, how long it is, and what the clock on the wall said. */
function Times({ replay }: { replay: Replay }) {
  const second = useComputed(() => Math.floor(replay.t.value / 1e6)).value
  const { length_us, started_unix_us } = replay.opened
  return (
    <p class="replay-times figures">
      <strong>{code(second * 1e6)}</strong>
      <span class="quiet">{t('replay.of', { length: code(length_us) })}</span>
      <span class="quiet wide-only">{clockTime(started_unix_us / 1000 + second * 1000)}</span>
      {replay.waiting.value && (
        <span class="amber-text" role="status">
          {t('replay.waiting')}
        </span>
      )}
    </p>
  )
}

function Rates({ replay }: { replay: Replay }) {
  return (
    <label class="replay-rate">
      <span class="spoken">{t('replay.rate')}</span>
      <select value={replay.rate.value} onChange={(event) => replay.setRate(Number(event.currentTarget.value) as Rate)}>
        {RATES.map((rate) => (
          <option key={rate} value={rate}>
            {t('replay.times', { rate })}
          </option>
        ))}
      </select>
    </label>
  )
}

function Loud({ replay }: { replay: Replay }) {
  const volume = replay.media.volume.value
  const words = t(volume > 0 ? 'replay.mute' : 'replay.unmute')
  return (
    <span class="replay-loud">
      <button
        type="button"
        class="button plain only-icon"
        aria-label={words}
        title={words}
        onClick={() => replay.media.setVolume(volume > 0 ? 0 : 1)}
      >
        <Icon of={volume > 0 ? Volume2 : VolumeX} size={24} />
      </button>
      <input
        type="range"
        class="wide-only"
        aria-label={t('replay.volume')}
        min={0}
        max={100}
        value={Math.round(volume * 100)}
        onInput={(event) => replay.media.setVolume(Number(event.currentTarget.value) / 100)}
      />
    </span>
  )
}

const KEYS = ['space', 'arrows', 'jl', 'frames', 'moments', 'rates', 'ends'] as const

function Keys() {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Press says="replay.keys.title" icon={Keyboard} act={() => setOpen(true)} />
      {open && (
        <Dialog title={t('replay.keys.title')} onClose={() => setOpen(false)}>
          <dl class="replay-keys">
            {KEYS.map((key) => (
              <div key={key}>
                <dt>{t(`replay.keys.${key}`)}</dt>
                <dd>{t(`replay.keys.${key}_does`)}</dd>
              </div>
            ))}
          </dl>
        </Dialog>
      )}
    </>
  )
}
