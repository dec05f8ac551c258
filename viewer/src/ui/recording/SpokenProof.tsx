// The consent as it is spoken: a clip of its own, that is not part of the call. What is to be said stands there to be
// read out.
import { Circle, Mic, RotateCcw, Square } from 'lucide'
import { useEffect, useRef, useState } from 'preact/hooks'

import { t } from '../../i18n'
import { canRecord, Recorder } from '../../rtc/recorder'
import type { Recording } from '../../rtc/recorder'
import * as store from '../../session/store'
import { Button } from '../kit/Button'
import { useNow } from '../kit/clock'
import { Icon } from '../kit/Icon'
import { LevelBar } from '../kit/LevelBar'
import { VoicePlayer } from '../call/chat/VoicePlayer'
import { duration } from '../words'

export function SpokenProof({ onProof }: { onProof: (proof: Blob | null) => void }) {
  const [recorder, setRecorder] = useState<Recorder | null>(null)
  const [clip, setClip] = useState<Recording | null>(null)
  const running = useRef<Recorder | null>(null)
  useEffect(() => () => running.current?.cancel(), [])
  const microphone = store.devices.value.microphone.track
  if (!microphone || !canRecord()) return <p class="field-problem">{t('recording.no_microphone')}</p>
  const begin = (): void => {
    onProof(null)
    setClip(null)
    running.current = new Recorder(microphone, (recording) => {
      setRecorder(null)
      setClip(recording)
      onProof(recording.blob)
    })
    setRecorder(running.current)
  }
  return (
    <div class="consent-clip">
      <p class="consent-words">{t('recording.say')}</p>
      {recorder && <Running recorder={recorder} />}
      {clip && <Heard clip={clip} onAgain={begin} />}
      {!recorder && !clip && (
        <Button icon={Mic} onPress={begin}>
          {t('recording.clip_begin')}
        </Button>
      )}
    </div>
  )
}

function Running({ recorder }: { recorder: Recorder }) {
  useNow()
  return (
    <>
      <p class="voice-state">
        <span class="voice-dot">
          <Icon of={Circle} size={16} />
        </span>
        <span class="figures">{duration(recorder.seconds)}</span>
      </p>
      <LevelBar track={recorder.track} />
      <Button icon={Square} tone="primary" onPress={() => recorder.stop()}>
        {t('chat.stop')}
      </Button>
    </>
  )
}

function Heard({ clip, onAgain }: { clip: Recording; onAgain: () => void }) {
  const [url] = useState(() => URL.createObjectURL(clip.blob))
  useEffect(() => () => URL.revokeObjectURL(url), [])
  return (
    <>
      <VoicePlayer url={url} name="" durationMs={clip.durationMs} />
      <Button icon={RotateCcw} onPress={onAgain}>
        {t('recording.clip_again')}
      </Button>
    </>
  )
}
