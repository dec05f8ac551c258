// What happens in a consultation, told to those who do not see it: screen readers and ears.
import { t } from '../i18n'
import { playJoined, playLeft } from '../rtc/sounds'
import * as store from '../session/store'
import { personOf } from '../session/view'
import type { View } from '../session/view'
import { lookingWords } from './tell_looking'
import { recordingWords } from './tell_recording'
import type {
  ChatSaid,
  EventBody,
  InvitationEnded,
  Invited,
  LogEvent,
  MachineAnswered,
  Person,
} from '../session/wire.gen'

const KEPT = 4

/** `before`: what was known when this and the events beside it came. */
export function tell(before: View, view: View, event: LogEvent): void {
  const { body } = event
  if (body.type === 'invited' || body.type === 'invitation_ended') return tellInvitation(before, view, body)
  if (tellLooking(before, view, event)) return
  if (!('participant' in body)) return tellPaper(body)
  if (body.participant === view.me) return
  const name = personOf(view.state, body.participant)?.name ?? ''
  switch (body.type) {
    case 'returned':
      // Another device of the same person took over, or the page was reloaded in time: nobody came or went.
      if (before.state.participants.some((seat) => seat.participant === body.participant && seat.connected)) return
      playJoined()
      return announce(t('tell.joined', { name }))
    case 'joined':
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

function tellInvitation(before: View, view: View, body: Invited | InvitationEnded): void {
  if (body.type === 'invited') return announce(t('tell.invited', { name: body.callee.name }))
  const account = body.callee
  const known = [...before.state.invitations.map((one) => one.callee), ...onCallNow()]
  const name = known.find((person) => person.account === account)?.name ?? ''
  if (!name || view.state.status !== 'open' || body.reason === 'cancelled') return
  const values = { name, why: body.decline ? t(`decline.${body.decline}`) : '', text: body.text }
  const kind = `invite.ended.${body.reason === 'declined' || body.reason === 'no_answer' ? body.reason : 'other'}`
  store.notice.value = { kind, tone: 'info', values }
}

/** The request goes from the state with its answer; who asked is to see which it was. */
function noteAnswer(before: View, { key, done }: MachineAnswered): void {
  const asked = before.state.looking.requests.find((one) => one.key === key)
  if (asked?.participant === before.me) store.machineAnswer.value = { control: asked.control, done }
}

function tellPaper(body: EventBody): void {
  if (body.type !== 'opinion_signed' && body.type !== 'opinion_acknowledged') return
  const { name, account } = body.type === 'opinion_signed' ? body.signer : body.person
  if (account === store.me.value?.account) return
  if (body.type === 'opinion_acknowledged') return announce(t('opinion.tell_read', { name }))
  announce(t(body.opinion.critical ? 'opinion.news_critical' : 'opinion.news', { name }))
}

function onCallNow(): Person[] {
  return store.lobby.value?.on_call.map((one) => one.person) ?? []
}

function said(name: string, { text, attachment }: ChatSaid): string {
  return attachment ? `${t(`tell.${attachment.kind}`, { name })} ${text}`.trim() : t('tell.said', { name, text })
}

/** Whether it was about looking together or the recording, said or not. */
function tellLooking(before: View, view: View, event: LogEvent): boolean {
  if (event.body.type === 'machine_answered') noteAnswer(before, event.body)
  const words = recordingWords(event.body) ?? lookingWords(before, view, event)
  if (words) announce(words)
  return words !== null
}

/** Said to screen readers. A few are kept, each an element of its own: two in one moment are both read, and the same
 * words twice are two. */
export function announce(words: string): void {
  const last = store.announcements.peek()
  store.announcements.value = [...last.slice(1 - KEPT), { id: (last.at(-1)?.id ?? 0) + 1, words }]
}
