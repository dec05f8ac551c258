// What happens in a consultation, told to those who do not see it: screen readers and ears.
import { t } from '../i18n'
import { playJoined, playLeft } from '../rtc/sounds'
import * as store from '../session/store'
import { personOf } from '../session/view'
import type { View } from '../session/view'
import type { ChatSaid, LogEvent } from '../session/wire.gen'

export function tell(view: View, event: LogEvent): void {
  const { body } = event
  if (!('participant' in body) || body.participant === view.me) return
  const name = personOf(view.state, body.participant)?.name ?? ''
  switch (body.type) {
    case 'joined':
    case 'returned':
      playJoined()
      return announce(t('tell.joined', { name }))
    case 'left':
      playLeft()
      return announce(t('tell.left', { name }))
    case 'disconnected':
      return announce(t('tell.cut_off', { name }))
    case 'chat_said':
      return announce(said(name, body))
  }
}

function said(name: string, { text, attachment }: ChatSaid): string {
  return attachment ? `${t(`tell.${attachment.kind}`, { name })} ${text}`.trim() : t('tell.said', { name, text })
}

export function announce(words: string): void {
  store.announcement.value = words
}
