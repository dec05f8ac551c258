// Coming into a consultation, coming back to it, and leaving it. One consultation at a time.
import { stateHash } from '../session/canonical'
import { serverNow } from '../session/clock'
import { RequestFailed } from '../session/link'
import * as store from '../session/store'
import { isPrincipal } from '../session/people'
import type { Ended } from '../session/store'
import { apply, emptyView, joined, slotMap } from '../session/view'
import type { View } from '../session/view'
import { WIRE_VERSION } from '../session/wire.gen'
import type { ConsultationId, JoinedReply, LogEvent, ServerMessage } from '../session/wire.gen'
import { closeDevices, openForCall } from './devices'
import { lookedAt, stopLooking } from './looking'
import { accept, closeMedia, freshOffer, rejoin, resumeOffer } from './media'
import { emptyOutbox } from './outbox'
import { closeSources } from './sources'
import { tell } from './tell'
import { link } from './wire'

const KEPT_KEY = 'sefaw.consultation' // in sessionStorage: a reloaded page comes back, a new one does not
const CLOSING_LASTS_MS = 2_000
const HANG_UP_WITHIN_MS = 2_000

/** A token is at hand: join with an offer in the same message. */
export async function join(consultation: ConsultationId, token: string): Promise<void> {
  sessionStorage.setItem(KEPT_KEY, consultation)
  if (store.view.value?.consultation !== consultation) store.view.value = emptyView(consultation)
  openForCall()
  const media = await freshOffer()
  await come(() => link.request({ type: 'join', version: WIRE_VERSION, token, media }))
}

/** No token: ask for one first (page reloaded, or from the list of my consultations). */
export async function enter(consultation: ConsultationId): Promise<void> {
  sessionStorage.setItem(KEPT_KEY, consultation)
  if (store.view.value?.consultation !== consultation) store.view.value = emptyView(consultation)
  openForCall()
  await come(async () => {
    const ticket = await link.request({ type: 'enter', consultation })
    if (ticket.type !== 'ticket') throw new RequestFailed('internal')
    const media = await freshOffer()
    return link.request({ type: 'join', version: WIRE_VERSION, token: ticket.token, media })
  })
}

/** The link is open again: take up where it was. */
export async function comeBack(): Promise<void> {
  const view = store.view.value
  const kept = sessionStorage.getItem(KEPT_KEY) as ConsultationId | null
  if (!view) return kept ? enter(kept) : undefined
  if (!view.resume) return enter(view.consultation)
  const media = await resumeOffer()
  const { resume: token, state } = view
  await come(() => link.request({ type: 'resume', version: WIRE_VERSION, token, since_seq: state.seq, media }))
}

/** Ends it for all where it is mine to end; for anybody else hanging up is leaving. */
export function hangUp(): void {
  const state = store.view.value?.state
  if (state && !isPrincipal(state, store.me.value)) return leave()
  link.request({ type: 'hang_up' }).catch(() => finish('hung_up'))
  finishWithin(HANG_UP_WITHIN_MS, 'hung_up')
}

export function leave(): void {
  link.request({ type: 'leave' }).catch(() => undefined)
  finish('left_by_me')
}

/** Messages of a consultation; the lobby's are not for here. */
export function received(message: ServerMessage): void {
  const view = store.view.value
  if (!view) return
  if (message.type === 'answer') store.view.value = { ...view, slots: slotMap(message.slots) }
  const { view: next, gap, fresh } = apply(view, message)
  if (next !== view) store.view.value = next
  happened(view, next, fresh)
  if (gap) return link.restart()
  const { status, close_reason: reason } = next.state
  if (status === 'closed') finish(reason ?? 'hung_up')
  if (status === 'closing') finishWithin(CLOSING_LASTS_MS, reason ?? 'hung_up')
}

function happened(before: View, after: View, fresh: readonly LogEvent[]): void {
  for (const event of fresh) tell(before, after, event)
  if (fresh.length > 0) lookedAt(after, fresh)
}

/** Not mine any more on this page, and nothing to say about it. */
export function forget(): void {
  sessionStorage.removeItem(KEPT_KEY)
  store.view.value = null
}

/** Over, for whatever reason: everything let go, the page says why. Harmless when called again. */
export function finish(reason: Ended['reason']): void {
  const view = store.view.value
  sessionStorage.removeItem(KEPT_KEY)
  if (!view) return
  // The seat first: what follows it (microphone and camera told to the others) must not speak for a seat that is gone.
  store.seated.value = false
  store.view.value = null
  closeSources()
  closeMedia()
  closeDevices()
  emptyOutbox()
  stopLooking()
  // Whoever cancelled knows it; and what never began leaves nothing to look at.
  if (reason === 'cancelled' || view.state.seq === 0) return
  store.ended.value = { view, reason, at: serverNow() }
}

/** If the server does not say so before; never another call that began meanwhile. */
function finishWithin(ms: number, reason: Ended['reason']): void {
  const mine = store.view.value?.consultation
  setTimeout(() => store.view.value?.consultation === mine && finish(reason), ms)
}

async function come(ask: () => Promise<ServerMessage>): Promise<void> {
  const asked = store.view.value?.consultation
  try {
    const reply = await ask()
    if (reply.type === 'joined' && store.view.value?.consultation === asked) await arrive(reply)
  } catch (error) {
    refused(error)
  }
}

async function arrive(reply: JoinedReply): Promise<void> {
  const before = store.view.value
  if (!before) return
  const view = joined(before, reply, performance.now())
  store.view.value = view
  lookedAt(view, [])
  store.seated.value = true
  await accept(reply.answer)
  // Without slots there is no connection at the server any more (it was restarted): bring a new offer.
  if (reply.answer === null && reply.slots.length === 0 && before.slots.size > 0) rejoin()
  // Events on top of what we had: if the sum is wrong, ask for all of it, once (from the beginning it cannot help).
  const hash = await stateHash(view.state)
  if (hash && hash !== reply.state_hash && before.state.seq > 0) {
    store.view.value = { ...emptyView(view.consultation), me: view.me, resume: view.resume, slots: view.slots }
    link.restart()
  }
  if (view.state.status === 'closed') finish(view.state.close_reason ?? 'hung_up')
}

function refused(error: unknown): void {
  const code = error instanceof RequestFailed ? error.code : 'internal'
  const view = store.view.value
  switch (code) {
    case 'disconnected':
    case 'timeout':
    case 'stopping':
      return // the link comes back by itself, and so do we
    case 'token_invalid':
    case 'token_expired':
    case 'token_replayed':
      if (!view?.resume) break
      store.view.value = { ...view, resume: '' }
      void enter(view.consultation)
      return
    case 'out_of_state':
    case 'media_unavailable':
      if (view?.resume) return rejoin()
      break
  }
  finish(code)
  failed(error)
}

/** A request failed: say it in words. */
export function failed(error: unknown): void {
  const code = error instanceof RequestFailed ? error.code : 'internal'
  store.notice.value = { kind: `error.${code}`, tone: 'bad', code }
}
