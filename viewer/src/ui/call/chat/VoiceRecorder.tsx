// A voice message: recorded, heard again, sent. Says all the while who hears it.
import { Circle, Send, Square, Trash2 } from 'lucide'
import { useEffect, useRef, useState } from 'preact/hooks'

import { announce } from '../../../app/tell'
import { sending } from '../../../app/devices'
import { t } from '../../../i18n'
import { MOST_S, Recorder } from '../../../rtc/recorder'
import type { Recording } from '../../../rtc/recorder'
import { Button } from '../../kit/Button'
import { useNow } from '../../kit/clock'
import { Icon } from '../../kit/Icon'
import { LevelBar } from '../../kit/LevelBar'
import { duration } from '../../words'
import { sendVoice } from './draft'
import { VoicePlayer } from './VoicePlayer'

export function VoiceRecorder({ microphone, onEnd }: { microphone: MediaStreamTrack; onEnd: () => void }) {
  const [recording, setRecording] = useState<Recording | null>(null)
  const [recorder, setRecorder] = useState<Recorder | null>(null)
  useEffect(() => {
    const made = new Recorder(microphone, setRecording)
    setRecorder(made)
    announce(t('chat.recording'))
    return () => made.cancel()
  }, [])
  if (recording) return <Heard recording={recording} onEnd={onEnd} />
  return recorder && <Running recorder={recorder} onEnd={onEnd} />
}

function Running({ recorder, onEnd }: { recorder: Recorder; onEnd: () => void }) {
  useNow()
  return (
    <div class="chat-voice" role="group" aria-label={t('chat.recording')}>
      <p class="voice-state">
        <span class="voice-dot">
          <Icon of={Circle} size={16} />
        </span>
        <strong>{t('chat.recording')}</strong>
        <span class="figures">{`${duration(recorder.seconds)} / ${duration(MOST_S)}`}</span>
      </p>
      <LevelBar track={recorder.track} />
      <p class="small">{sending.value.microphone ? t('chat.also_in_call') : t('chat.only_message')}</p>
      <div class="voice-actions">
        <Button icon={Trash2} onPress={onEnd}>
          {t('chat.cancel')}
        </Button>
        <Button icon={Square} tone="primary" autoFocus onPress={() => recorder.stop()}>
          {t('chat.stop')}
        </Button>
      </div>
    </div>
  )
}

function Heard({ recording, onEnd }: { recording: Recording; onEnd: () => void }) {
  const url = useRef('')
  if (!url.current) url.current = URL.createObjectURL(recording.blob)
  useEffect(() => () => URL.revokeObjectURL(url.current), [])
  return (
    <div class="chat-voice" role="group" aria-label={t('chat.voice_ready')}>
      <VoicePlayer url={url.current} name="" durationMs={recording.durationMs} />
      <div class="voice-actions">
        <Button icon={Trash2} onPress={onEnd}>
          {t('chat.discard')}
        </Button>
        <Button
          icon={Send}
          tone="primary"
          autoFocus
          onPress={() => {
            sendVoice(recording.blob, recording.durationMs)
            onEnd()
          }}
        >
          {t('chat.send_voice')}
        </Button>
      </div>
    </div>
  )
}
