// The page starts: what is missing in this browser, whose session it is, and who listens to the link.
import { t } from '../i18n'
import { wakeAudio } from '../rtc/level'
import { playJoined } from '../rtc/sounds'
import { serverZero } from '../session/clock'
import { currentSession } from '../session/http'
import * as store from '../session/store'
import { WIRE_VERSION } from '../session/wire.gen'
import type { CloseReason, ConsultationId, Incoming, ServerMessage } from '../session/wire.gen'
import { comeBack, finish, received } from './call'
import { keepInStep, openForCall, closeDevices } from './devices'
import { openReview, signedIn, signedOut } from './lobby'
import { fastDown, followLooking } from './looking'
import { closeMedia, followDevices, rejoin } from './media'
import { followConnection } from './outbox'
import { announce } from './tell'
import { forgetRings, rings, ringsNoMore } from './rings'
import { closeSources, followClarity } from './sources'
import { followAddress, takeLink } from './places'
import { followPage } from './platform'
import { followProbe } from './probe'
import { followTalking } from './talking'
import { link, listener } from './wire'

const RETRY_MS = 3_000

export async function start(): Promise<void> {
  if (takeLink()) return // a patient's own telephone: nobody signs in, and it need not be able to call
  store.unsupported.value = missing()
  if (store.unsupported.value.length > 0) return
  listener.opened = opened
  listener.closed = () => (store.seated.value = false)
  listener.message = message
  listener.status = (status) => (store.linkStatus.value = status)
  listener.clock = (zeroMs) => (serverZero.value = zeroMs)
  keepInStep()
  followDevices()
  followConnection()
  followClarity()
  followTalking()
  followLooking()
  followProbe()
  followPage()
  followAddress()
  document.addEventListener('visibilitychange', seen)
  window.addEventListener('online', () => link.retryNow())
  window.addEventListener('hashchange', openReview)
  window.addEventListener('pointerdown', wakeAudio)
  window.addEventListener('keydown', wakeAudio)
  await findSession()
}

/** A phone puts a page in the background to sleep: its line may be dead without anybody having said so. */
function seen(): void {
  if (document.hidden) return
  link.check()
  wakeAudio()
}

/** What a call cannot do without, by what the browser has, never by its name (docs/browsers.md). */
function missing(): string[] {
  // On an address that is not safe a browser hides half of this: that is not the browser's age.
  if (!globalThis.isSecureContext) return ['https']
  const needed: Record<string, unknown> = {
    WebSocket: globalThis.WebSocket,
    RTCPeerConnection: globalThis.RTCPeerConnection,
    'RTCPeerConnection.addTransceiver': globalThis.RTCPeerConnection?.prototype.addTransceiver,
    'RTCRtpSender.replaceTrack': globalThis.RTCRtpSender?.prototype.replaceTrack,
    getUserMedia: globalThis.navigator?.mediaDevices?.getUserMedia as unknown,
    'crypto.randomUUID': globalThis.crypto?.randomUUID as unknown,
    'Object.hasOwn': Object.hasOwn as unknown,
  }
  return Object.keys(needed).filter((name) => !needed[name])
}

async function findSession(): Promise<void> {
  try {
    const session = await currentSession()
    if (session) signedIn(session)
    else store.account.value = 'signed_out'
    if (store.notice.value?.kind === 'error.unreachable') store.notice.value = null
  } catch {
    store.notice.value = { kind: 'error.unreachable', tone: 'bad', code: 'unreachable' }
    setTimeout(() => void findSession(), RETRY_MS)
  }
}

function opened(): void {
  forgetRings()
  store.stopping.value = null // a server that still stops says so again
  link.send({ type: 'hello', version: WIRE_VERSION })
  void comeBack()
}

function message(incoming: ServerMessage): void {
  switch (incoming.type) {
    case 'lobby':
      store.lobby.value = incoming
      store.me.value = incoming.me
      if (store.notice.value?.kind === 'close.server_stopping') store.notice.value = null
      return
    case 'incoming':
      if (!rings(incoming)) return
      if (store.view.value) return playJoined()
      store.ended.value = null
      store.notice.value = null
      return openForCall()
    case 'incoming_ended':
      return incomingEnded(incoming.consultation, incoming.reason)
    case 'error':
      return lobbyError(incoming.code)
    case 'stopping':
      store.stopping.value = { untilMs: performance.now() + incoming.within_s * 1000 }
      return announce(t(store.view.value ? 'strip.stopping' : 'lobby.stopping', { seconds: incoming.within_s }))
    case 'fast_down':
      return fastDown(incoming)
    case 'goodbye':
      return goodbye(incoming.reason)
    default:
      return received(incoming)
  }
}

function incomingEnded(consultation: ConsultationId, reason: CloseReason): void {
  const over = store.incoming.value?.call
  if (over?.consultation === consultation && store.busy.value === 'answer') return
  ringsNoMore(consultation)
  if (over?.consultation !== consultation || store.view.value || store.incoming.value) return
  closeDevices()
  store.notice.value = { kind: missed(over, reason), tone: 'info' }
}

function missed(call: Incoming, reason: CloseReason): string {
  if (reason === 'answered_elsewhere' || reason === 'cancelled') return `missed.${reason}`
  return call.kind === 'invitation' ? 'missed.invitation' : 'missed.other'
}

function lobbyError(code: string): void {
  if (code === 'unauthenticated' || code === 'account_disabled') {
    signedOut()
    store.notice.value = { kind: `error.${code}`, tone: 'warn', code }
    return
  }
  // Said to a consultation that ended in the same moment: nothing that anybody could do something about.
  if ((code === 'forbidden' || code === 'out_of_state') && !store.seated.value) return
  store.notice.value = { kind: `error.${code}`, tone: 'bad', code }
}

/** The server's last word before it closes the socket. Most ends heal by coming back; some must not. */
function goodbye(reason: CloseReason): void {
  switch (reason) {
    case 'replaced':
      link.stop()
      closeSources()
      closeMedia()
      closeDevices()
      store.replaced.value = true
      return
    case 'access_revoked':
    case 'token_expired':
      signedOut()
      store.notice.value = { kind: `close.${reason}`, tone: 'warn', code: reason }
      return
    case 'network_blocked':
    case 'security_failed':
    case 'media_failed':
      store.health.value = 'blocked'
      return rejoin()
    case 'server_stopping':
    case 'connection_lost':
    case 'internal_error':
    case 'protocol_violation':
    case 'too_slow':
      store.notice.value = { kind: `close.${reason}`, tone: 'warn', code: reason }
      return
    default:
      return finish(reason)
  }
}
