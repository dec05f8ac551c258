// What had been written until this moment. A line's time leads to where it was said.
import { useEffect, useRef } from 'preact/hooks'

import { t } from '../i18n'
import { attachmentUrl } from '../session/attachments'
import { personOf } from '../session/view'
import type { View } from '../session/view'
import type { ChatLine } from '../session/wire.gen'
import { ChatPicture } from '../ui/call/chat/Picture'
import { VoicePlayer } from '../ui/call/chat/VoicePlayer'
import type { Replay } from './replay'
import { TimeButton } from './TimeButton'

export function Chat({ replay, view }: { replay: Replay; view: View }) {
  const end = useRef<HTMLLIElement>(null)
  const { chat } = view.state
  useEffect(() => end.current?.scrollIntoView?.({ block: 'nearest' }), [chat.length])
  return (
    <div class="chat-log" role="log" aria-label={t('chat.log')} tabIndex={0}>
      <ol class="chat-lines">
        {chat.length === 0 && <li class="quiet small">{t('replay.no_chat')}</li>}
        {chat.map((line) => (
          <Line key={line.seq} replay={replay} view={view} line={line} />
        ))}
        <li ref={end} class="chat-end" aria-hidden="true" />
      </ol>
    </div>
  )
}

function Line({ replay, view, line }: { replay: Replay; view: View; line: ChatLine }) {
  const { attachment } = line
  const name = personOf(view.state, line.participant)?.name ?? ''
  const url = attachment ? attachmentUrl(view.consultation, attachment.sha256) : ''
  return (
    <li class="chat-line">
      <p class="quiet small">
        <span>{name}</span>
        <TimeButton replay={replay} at={line.t} />
      </p>
      {attachment?.kind === 'picture' && (
        <ChatPicture url={url} name={name} width={attachment.width} height={attachment.height} />
      )}
      {attachment?.kind === 'voice' && <VoicePlayer url={url} name={name} durationMs={attachment.duration_ms} />}
      {line.text && <p class="chat-text">{line.text}</p>}
    </li>
  )
}
