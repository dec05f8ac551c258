// Everything the pages show, as signals. Written by app/, read by ui/. No logic here but which page is shown.
import { computed, signal } from '@preact/signals'

import type { Clarity } from '../rtc/capture'
import type { Problem } from '../rtc/ask'
import type { DeviceState } from '../rtc/devices'
import { QUIET } from './talking'
import type { Talking } from './talking'
import { NO_SIGHT } from './looking'
import type { Sight } from './looking'
import type { LinkStatus } from './link'
import type { FailCode } from './link'
import type { Pointing } from './pointing'
import type { View } from './view'
import type {
  CloseReason,
  ConsultationId,
  Incoming,
  Lobby,
  MachineControl,
  ParticipantId,
  Patient,
  Person,
} from './wire.gen'

export type Account = 'unknown' | 'signed_out' | 'signed_in'

/** Something to tell, in words of `notice.<kind>`; `code` goes in small print, `values` into the words. */
export interface Notice {
  kind: string
  tone: 'info' | 'warn' | 'bad'
  code?: string
  values?: Record<string, string | number>
}

/** How the call's media does: decides the strips above the stage. */
export type MediaHealth = 'off' | 'connecting' | 'up' | 'interrupted' | 'blocked' | 'unavailable'

/** What rings here, since when (performance.now()). */
export interface Ringing {
  call: Incoming
  sinceMs: number
}

export interface Ended {
  view: View
  reason: CloseReason | FailCode | 'left_by_me'
  /** Unix ms */
  at: number
}

export type Page =
  | 'loading'
  | 'unsupported'
  | 'patient'
  | 'sign_in'
  | 'lobby'
  | 'consultations'
  | 'consultation'
  | 'ringing'
  | 'incoming'
  | 'call'
  | 'after'
  | 'replaced'
  | 'admin'
  | 'timeline'
  | 'grants'
  | 'replay'
  | 'replays'
  | 'review'

export const account = signal<Account>('unknown')
export const unsupported = signal<string[]>([])
export const me = signal<Person | null>(null)
export const csrf = signal('')
export const lobby = signal<Lobby | null>(null)
export const demoPatients = signal<readonly Patient[]>([])
export const incoming = signal<Ringing | null>(null)
export const view = signal<View | null>(null)
export const ended = signal<Ended | null>(null)
export const replaced = signal(false)
/** A consultation that is looked at from the list, and the list itself: both give way to a call. */
export const opened = signal<ConsultationId | null>(null)
export const listing = signal(false)
export const linkStatus = signal<LinkStatus>('off')
/** Whether this very connection has joined: what only a participant may send waits for it. */
export const seated = signal(false)
/** The server is about to restart: when it will at the latest, by performance.now(). */
export const stopping = signal<{ untilMs: number } | null>(null)
export const notice = signal<Notice | null>(null)
/** A request that must not be sent twice is on its way: its button is busy. */
export const busy = signal<'' | 'sign_in' | 'call' | 'answer' | 'enter' | 'on_call'>('')

export const devices = signal<DeviceState>({ microphone: { state: 'off' }, camera: { state: 'off' }, choices: [] })
/** What I want sent; a device may be missing all the same. */
export const wanted = signal({ microphone: true, camera: true })
/** A picture besides my face. `preview`: only I see it yet. */
export interface Extra {
  state: 'off' | 'asking' | 'preview' | 'on' | 'problem'
  problem?: Problem
  track?: MediaStreamTrack
  sound?: MediaStreamTrack
}
export const probe = signal<Extra>({ state: 'off' })
export const screen = signal<Extra>({ state: 'off' })
export const clarity = signal<Clarity>('smooth')
export const health = signal<MediaHealth>('off')
/** Ports the server's answer named, for the words about a blocked network. */
export const mediaPorts = signal<number[]>([])
export const soundBlocked = signal(false)
export const remote = signal<ReadonlyMap<string, MediaStreamTrack>>(new Map())

/** Which recording is watched, and from where (session µs); null = none. */
export const replayed = signal<{ readonly consultation: ConsultationId; readonly t: number } | null>(null)
/** The list of what may be watched is open. */
export const replays = signal(false)
/** Whose course is looked at; empty = none. A call that rings or runs comes first. */
export const timelineOf = signal<ConsultationId | ''>('')
/** The key of a patient's link, which this page was opened with; empty = it was opened as usual. */
export const patientLink = signal('')
/** Whose grants are looked at; the same. */
export const grantsOf = signal<ConsultationId | ''>('')
/** What of the quality review is looked at: a list of it, or one consultation's reviews. A call comes first here too. */
export const review = signal<'' | 'work' | 'results' | 'dashboard' | ConsultationId>('')
export const talking = signal<Talking>(QUIET)

/** What is to be drawn of the shared pictures, and where the others point: app/looking.ts. While somebody drags, `sight`
 * changes thirty times a second: a part of the page that needs little of it reads only that. */
export const sight = signal<Sight>(NO_SIGHT)
/** Whether there is a picture in any viewport. */
export const looksAtPictures = computed(() => sight.value.viewports.some(({ image }) => image !== null))
export const following = computed(() => sight.value.following)
export const pointing = signal<ReadonlyMap<ParticipantId, Pointing>>(new Map())

/** What the operator last answered to what I asked for at the machine. */
export const machineAnswer = signal<{ control: MachineControl; done: boolean } | null>(null)

/** Said to screen readers, politely. */
export const announcements = signal<readonly { id: number; words: string }[]>([])

export const page = computed<Page>(() => {
  if (patientLink.value) return 'patient'
  if (unsupported.value.length > 0) return 'unsupported'
  if (replaced.value) return 'replaced'
  if (account.value === 'unknown') return 'loading'
  if (account.value === 'signed_out') return 'sign_in'
  const aside = asidePage()
  if (aside) return aside
  if (ended.value) return 'after'
  return view.value ? callPage(view.value) : idlePage()
})

/** What is looked at besides; a call comes first. */
function asidePage(): Page | null {
  if (view.value || incoming.value) return null
  if (replayed.value) return 'replay'
  if (timelineOf.value) return 'timeline'
  if (review.value) return 'review'
  return grantsOf.value ? 'grants' : null
}

function idlePage(): Page {
  if (me.value?.role === 'administrator') return 'admin'
  if (incoming.value) return 'incoming'
  if (opened.value) return 'consultation'
  if (replays.value) return 'replays'
  return listing.value ? 'consultations' : 'lobby'
}

function callPage(current: View): Page {
  const { status } = current.state
  return status === 'requested' || status === 'ringing' ? 'ringing' : 'call'
}
