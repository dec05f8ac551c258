// What people do before a call: sign in, be on call, ring, cancel, answer, decline.
import { askToNotify } from '../rtc/attention'
import { wakeAudio } from '../rtc/level'
import { reviewOf } from '../review/replayUrl'
import * as http from '../session/http'
import { RequestFailed } from '../session/link'
import * as store from '../session/store'
import type { ConsultationId, DeclineReason, Patient, Urgency } from '../session/wire.gen'
import { enter, failed, finish, join, leave } from './call'
import { closeDevices, openForCall } from './devices'
import { mayCall, mayReview } from './roles'
import { forgetRings, next } from './rings'
import { link } from './wire'

/** Made once per wish to call, so that a retry after a lost answer does not ring twice. */
let callKey = crypto.randomUUID()
let patientsAsked: Promise<void> = Promise.resolve()

export async function signIn(user: string, password: string): Promise<void> {
  wakeAudio()
  await once('sign_in', async () => {
    try {
      signedIn(await http.signIn(user, password))
    } catch (error) {
      const code = error instanceof http.HttpFailed ? error.code : 'internal'
      store.notice.value = { kind: `error.${code}`, tone: 'bad', code }
    }
  })
}

export function signedIn(session: http.Session): void {
  store.me.value = session.account
  store.csrf.value = session.csrf
  store.notice.value = null
  store.account.value = 'signed_in'
  openReview()
  link.start()
  if (mayCall(session.account.role)) {
    patientsAsked = http.patients().then(
      (list) => {
        store.demoPatients.value = list
      },
      () => undefined, // without the list a patient is typed
    )
  }
}

/** Resolves when the list of patients is here, or is known not to come. */
export function patientsKnown(): Promise<void> {
  return patientsAsked
}

export async function signOut(): Promise<void> {
  link.stop()
  closeDevices()
  await http.signOut(store.csrf.value).catch(() => undefined)
  signedOut()
}

/** `#review=…`, as the replay links to it, once. */
export function openReview(): void {
  const wanted = reviewOf(location.hash)
  if (!wanted || !mayReview(store.me.value?.role ?? 'observer')) return
  store.replayed.value = null
  store.review.value = wanted
  history.replaceState(null, '', location.pathname)
}

export function signedOut(): void {
  link.stop()
  store.lobby.value = null
  store.timelineOf.value = ''
  store.grantsOf.value = ''
  store.replayed.value = null
  store.replays.value = false
  store.review.value = ''
  store.opened.value = null
  store.listing.value = false
  forgetRings()
  store.me.value = null
  store.account.value = 'signed_out'
}

export async function setOnCall(on: boolean): Promise<void> {
  if (on) askToNotify()
  await once('on_call', async () => {
    await link.request({ type: 'set_on_call', on }).catch(failed)
  })
}

export interface Wish {
  patient: Patient
  reason: string
  urgency: Urgency
  /** '' = any */
  department: string
}

/** `whyNobody`: the words where nobody could be rung, as the lobby shows it. */
export async function call(wish: Wish, whyNobody?: () => store.Notice | null): Promise<void> {
  await once('call', async () => {
    store.notice.value = null
    openForCall()
    try {
      const reply = await link.request({ type: 'call', key: callKey, ...wish })
      if (reply.type !== 'calling') return
      callKey = crypto.randomUUID()
      await join(reply.consultation, reply.token)
    } catch (error) {
      failed(error)
      const nobody = error instanceof RequestFailed && error.code === 'nobody_on_call' && whyNobody?.()
      if (nobody) store.notice.value = nobody
    }
  })
}

export async function cancel(): Promise<void> {
  const consultation = store.view.value?.consultation
  if (!consultation) return
  await link.request({ type: 'cancel_call', consultation }).catch(() => undefined)
  if (store.page.value === 'ringing') finish('cancelled')
}

export async function answer(): Promise<void> {
  const ringing = store.incoming.value
  if (!ringing) return
  await once('answer', async () => {
    store.notice.value = null
    if (store.view.value) leave() // one consultation at a time: the others of this one go on
    store.ended.value = null
    try {
      const reply = await link.request({ type: 'answer_call', consultation: ringing.call.consultation })
      if (reply.type === 'ticket') await join(reply.consultation, reply.token)
    } catch (error) {
      failed(error)
    }
    next()
  })
}

export async function decline(reason: DeclineReason, text: string): Promise<void> {
  const consultation = store.incoming.value?.call.consultation
  if (!consultation) return
  next()
  await link.request({ type: 'decline_call', consultation, reason, text }).catch(() => undefined)
}

export async function goBackIn(consultation: ConsultationId): Promise<void> {
  await once('enter', () => enter(consultation))
}

/** One at a time: a second press while the first is on its way does nothing. */
async function once(what: typeof store.busy.value, act: () => Promise<void>): Promise<void> {
  if (store.busy.value) return
  store.busy.value = what
  try {
    await act()
  } finally {
    store.busy.value = ''
  }
}
