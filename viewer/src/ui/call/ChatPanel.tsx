// Text to everybody in the consultation. Works also where sound and picture do not.
import { Send } from 'lucide'
import { useEffect, useRef, useState } from 'preact/hooks'

import { say } from '../../app/call'
import { maySpeak } from '../../app/roles'
import { t } from '../../i18n'
import { serverTime } from '../../session/clock'
import * as store from '../../session/store'
import { personOf } from '../../session/view'
import type { View } from '../../session/view'
import { MAX_LENGTH } from '../../session/wire.gen'
import type { ChatLine } from '../../session/wire.gen'
import { Icon } from '../kit/Icon'
import { clockTime } from '../words'

export function ChatPanel({ view }: { view: View }) {
  const end = useRef<HTMLLIElement>(null)
  const { chat } = view.state
  useEffect(() => end.current?.scrollIntoView?.({ block: 'nearest' }), [chat.length])
  return (
    <div class="chat">
      <div class="chat-log" role="log" aria-label={t('chat.log')}>
        <ol class="chat-lines">
          {chat.length === 0 && <li class="quiet small">{t('chat.empty')}</li>}
          {chat.map((line) => (
            <Line key={line.seq} line={line} view={view} />
          ))}
          <li ref={end} class="chat-end" aria-hidden="true" />
        </ol>
      </div>
      {maySpeak(store.me.value?.role ?? 'observer') && <ChatForm />}
    </div>
  )
}

function Line({ line, view }: { line: ChatLine; view: View }) {
  const mine = line.participant === view.me
  const at = serverTime(view.zeroMs + line.t / 1000)
  return (
    <li class={mine ? 'chat-line mine' : 'chat-line'}>
      <p class="quiet small">
        <span>{personOf(view.state, line.participant)?.name}</span>
        <time>{clockTime(at)}</time>
      </p>
      <p class="chat-text">{line.text}</p>
    </li>
  )
}

function ChatForm() {
  const [text, setText] = useState('')
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => field.current?.focus({ preventScroll: true }), [])
  const send = async (): Promise<void> => {
    const words = text.trim()
    if (!words) return
    setText('')
    if (!(await say(words))) setText(words) // not lost: it waits in the field
  }
  return (
    <form
      class="chat-form"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <textarea
        ref={field}
        rows={1}
        aria-label={t('chat.field')}
        placeholder={t('chat.hint')}
        maxLength={MAX_LENGTH.ChatText}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          // isComposing: Enter chooses a word of a Chinese input method, it does not send.
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
          event.preventDefault()
          void send()
        }}
      />
      <button type="submit" class="button primary only-icon" aria-label={t('chat.send')}>
        <Icon of={Send} />
      </button>
    </form>
  )
}
