// What was said in the consultation, in words, pictures and voice messages. Works also where sound and picture do not.
import type { RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

import { outbox } from '../../app/outbox'
import { maySpeak } from '../../app/roles'
import { t } from '../../i18n'
import { pictureIn } from '../../rtc/picture'
import { attachmentUrl } from '../../session/attachments'
import { serverTime } from '../../session/clock'
import * as store from '../../session/store'
import { personOf } from '../../session/view'
import type { View } from '../../session/view'
import type { ChatLine } from '../../session/wire.gen'
import { clockTime } from '../words'
import { Compose } from './chat/Compose'
import { draftPicture, takePicture } from './chat/draft'
import { ChatPicture } from './chat/Picture'
import { VoicePlayer } from './chat/VoicePlayer'
import { WaitingLine } from './chat/WaitingLine'

const NEAR_END_PX = 40 // about a line

/** The newest line stays in sight when a strip, the keyboard or a turned phone takes room from the log. */
function useStaysAtEnd(end: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const log = end.current?.closest('.chat-log')
    if (!log || typeof ResizeObserver === 'undefined') return
    let near = true
    const note = (): void => void (near = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX)
    const watch = new ResizeObserver(() => near && (log.scrollTop = log.scrollHeight))
    log.addEventListener('scroll', note, { passive: true })
    watch.observe(log)
    return () => {
      watch.disconnect()
      log.removeEventListener('scroll', note)
    }
  }, [])
}

export function ChatPanel({ view }: { view: View }) {
  const end = useRef<HTMLLIElement>(null)
  const { chat } = view.state
  // A line is in the log a moment before its request is answered.
  const mine = new Set(chat.filter((line) => line.participant === view.me).map((line) => line.key))
  const waiting = outbox.value.filter((line) => !mine.has(line.key))
  useEffect(() => end.current?.scrollIntoView?.({ block: 'nearest' }), [chat.length, waiting.length])
  useStaysAtEnd(end)
  const speaks = maySpeak(store.me.value?.role ?? 'observer')
  return (
    <div class="chat">
      {/* A tab stop: it scrolls, and a keyboard must be able to. */}
      <div class="chat-log" role="log" aria-label={t('chat.log')} tabIndex={0}>
        <ol class="chat-lines">
          {chat.length === 0 && waiting.length === 0 && <li class="quiet small">{t('chat.empty')}</li>}
          {chat.map((line) => (
            <Line key={line.seq} line={line} view={view} />
          ))}
          {waiting.map((line) => (
            <WaitingLine key={line.key} line={line} />
          ))}
          <li ref={end} class="chat-end" aria-hidden="true" />
        </ol>
      </div>
      {speaks && (
        <DropPlace>
          <Compose />
        </DropPlace>
      )}
    </div>
  )
}

function Line({ line, view }: { line: ChatLine; view: View }) {
  const mine = line.participant === view.me
  const at = serverTime(view.zeroMs + line.t / 1000)
  const name = personOf(view.state, line.participant)?.name ?? ''
  const url = line.attachment ? attachmentUrl(view.consultation, line.attachment.sha256) : ''
  return (
    <li class={mine ? 'chat-line mine' : 'chat-line'}>
      <p class="quiet small">
        <span>{name}</span>
        <time>{clockTime(at)}</time>
      </p>
      {line.attachment?.kind === 'picture' && (
        <ChatPicture url={url} name={name} width={line.attachment.width} height={line.attachment.height} />
      )}
      {line.attachment?.kind === 'voice' && (
        <VoicePlayer url={url} name={name} durationMs={line.attachment.duration_ms} />
      )}
      {line.text && <p class="chat-text">{line.text}</p>}
    </li>
  )
}

/** Pictures may be dropped on what one writes in. Never the only way: the button and pasting do the same. */
function DropPlace({ children }: { children: preact.ComponentChildren }) {
  const [over, setOver] = useState(false)
  const holdsFile = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false
  return (
    <div
      class={over ? 'chat-drop over' : 'chat-drop'}
      onDragOver={(event) => {
        if (!holdsFile(event)) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        setOver(false)
        if (!holdsFile(event)) return
        event.preventDefault() // or the browser leaves the call to show the file
        void takePicture(pictureIn(event.dataTransfer?.files))
      }}
      onPaste={(event) => {
        const picture = pictureIn(event.clipboardData?.files)
        if (!picture || draftPicture.value) return
        event.preventDefault()
        void takePicture(picture)
      }}
    >
      {children}
    </div>
  )
}
