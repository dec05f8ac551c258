// What one writes, shows or says into the chat.
import { ImagePlus, Mic, Send, Trash2 } from 'lucide'
import { useEffect, useRef, useState } from 'preact/hooks'

import { t } from '../../../i18n'
import { pictureIn } from '../../../rtc/picture'
import { canRecord } from '../../../rtc/recorder'
import * as store from '../../../session/store'
import { MAX_LENGTH } from '../../../session/wire.gen'
import { Button } from '../../kit/Button'
import { Icon } from '../../kit/Icon'
import { draftPicture, draftText, dropPicture, sendDraft, takePicture } from './draft'
import { VoiceRecorder } from './VoiceRecorder'

export function Compose() {
  const [speaking, setSpeaking] = useState(false)
  const voice = useRef<HTMLButtonElement>(null)
  const microphone = store.devices.value.microphone.track
  const speak = (): void => {
    if (microphone) return setSpeaking(true)
    store.notice.value = { kind: 'chat.no_microphone', tone: 'warn' }
  }
  const spoken = (): void => {
    setSpeaking(false)
    requestAnimationFrame(() => voice.current?.focus())
  }
  if (speaking && microphone) return <VoiceRecorder microphone={microphone} onEnd={spoken} />
  return (
    <div class="chat-compose">
      <PicturePreview />
      <form
        class="chat-form"
        onSubmit={(event) => {
          event.preventDefault()
          sendDraft()
        }}
      >
        <PictureButton />
        {canRecord() && (
          <button ref={voice} type="button" class="button plain only-icon" aria-label={t('chat.voice')} onClick={speak}>
            <Icon of={Mic} />
          </button>
        )}
        <Words />
        <button type="submit" class="button primary only-icon" aria-label={t('chat.send')}>
          <Icon of={Send} />
        </button>
      </form>
    </div>
  )
}

function Words() {
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => field.current?.focus({ preventScroll: true }), [draftPicture.value])
  return (
    <textarea
      ref={field}
      rows={1}
      aria-label={t('chat.field')}
      placeholder={t('chat.hint')}
      maxLength={MAX_LENGTH.ChatText}
      value={draftText.value}
      onInput={(event) => (draftText.value = event.currentTarget.value)}
      onKeyDown={(event) => {
        // isComposing: Enter chooses a word of a Chinese input method, it does not send.
        if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
        event.preventDefault()
        sendDraft()
      }}
    />
  )
}

/** A phone offers its camera for `image/*` beside its pictures; `capture` would leave the camera alone. */
function PictureButton() {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        onChange={(event) => {
          const chosen = pictureIn(event.currentTarget.files)
          event.currentTarget.value = '' // the same one may be chosen again
          void takePicture(chosen)
        }}
      />
      <button
        type="button"
        class="button plain only-icon"
        aria-label={t('chat.picture')}
        onClick={() => input.current?.click()}
      >
        <Icon of={ImagePlus} />
      </button>
    </>
  )
}

function PicturePreview() {
  const picture = draftPicture.value
  if (!picture) return null
  return (
    <div class="chat-draft">
      <img src={picture.url} alt={t('chat.picture_ready')} />
      <Button icon={Trash2} tone="plain" label={t('chat.picture_remove')} onPress={dropPicture}>
        {t('chat.remove')}
      </Button>
    </div>
  )
}
