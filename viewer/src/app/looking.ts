// Looking together on this page: feeds session/looking.ts from the link and the fast lane, sends what it wants sent, and
// keeps `store.sight` and `store.pointing` true. Nothing is decided here: docs/looking.md has the rules.
import { effect } from '@preact/signals'

import { serverZero } from '../session/clock'
import { RequestFailed } from '../session/link'
import { LookingTogether, NO_SIGHT } from '../session/looking'
import type { Change, Out } from '../session/looking'
import { Pace, soonest } from '../session/pace'
import type { Pointing } from '../session/pointing'
import type { RestOut } from '../session/sending'
import { steady } from '../session/steady'
import * as store from '../session/store'
import type { View } from '../session/view'
import type { FastDown, LogEvent, Showing } from '../session/wire.gen'
import { failed } from './call'
import { currentPeer, fastLane } from './media'
import { link } from './wire'

const UP_EVERY_MS = 100 // without a data channel: the wire takes 60 messages a second, and they are not all ours
const SAY_EVERY_MS = 600 // the log keeps two a second
const BUFFERED_MOST = 16_384 // bytes; behind a stalled line the newest would come last
const COMES_BACK = ['too_many', 'disconnected', 'timeout', 'stopping']

const make = (): LookingTogether => new LookingTogether(() => serverZero.peek())
let together = make()
const up = new Pace<string, Uint8Array>(UP_EVERY_MS)
const said = new Pace<'showing', null>(SAY_EVERY_MS)
/** What this page can show of it, as whoever draws it said last. */
let showing: { showing: Showing; behind: number } | null = null
let timer: ReturnType<typeof setTimeout> | undefined

// ---- for the pages --------------------------------------------------------------------------------------------------

/** My hand changed a viewport: for all where I lead, for me alone where I look on my own. False: I follow. What comes
 * from the others (`store.sight`) must never be put in here again. */
export function changeView(viewport: number, change: Change): boolean {
  const taken = together.change(viewport, change, sessionT(), performance.now())
  step()
  return taken
}

/** How many viewports there are: everybody's where I lead, mine where I look on my own. */
export function changeLayout(rows: number, columns: number): void {
  const view = store.view.peek()
  if (!view || !together.leading) together.changeOwnLayout(rows, columns)
  else link.request({ type: 'change_layout', epoch: view.state.looking.lead.epoch, rows, columns }).catch(failed)
  step()
}

/** From here on what I see is mine alone. */
export function lookOnMyOwn(): void {
  together.lookOnMyOwn()
  step()
}

/** With the leader again. */
export function followLeader(): void {
  together.rejoin()
  step()
}

/** I point at a place of a picture; null = at nothing. */
export function pointAt(at: Pointing | null): void {
  together.point(at)
  step()
}

/** Whoever draws the pictures says how that goes; the leader is told when it changes. */
export function sayShowing(now: Showing, behind = 0): void {
  showing = { showing: now, behind }
  step()
}

// ---- for the app ----------------------------------------------------------------------------------------------------

export function followLooking(): void {
  fastLane.received = heard
  effect(() => {
    if (store.seated.value) step()
  })
}

/** The consultation's state is this now; `fresh`: what happened, none = a snapshot. */
export function lookedAt(view: View, fresh: readonly LogEvent[]): void {
  together.follow(view.state, view.me, fresh)
  step()
}

/** A fast-lane message that came over the WebSocket: the server says whose it is. */
export function fastDown({ participant, body }: FastDown): void {
  const bytes = Uint8Array.from(atob(body), (character) => character.charCodeAt(0))
  if (bytes.length < 11) return
  new DataView(bytes.buffer).setUint16(9, participant)
  heard(bytes)
}

/** The consultation is over: the next one begins with nothing. */
export function stopLooking(): void {
  clearTimeout(timer)
  together = make()
  up.clear()
  said.clear()
  showing = null
  store.sight.value = NO_SIGHT
  store.pointing.value = new Map()
}

function heard(bytes: Uint8Array): void {
  together.fast(bytes, performance.now())
  step()
}

/** Sends what is due, shows what there is, and comes again when something more is due. */
function step(): void {
  clearTimeout(timer)
  if (!store.view.peek()) return
  const now = performance.now()
  if (store.seated.peek()) {
    for (const out of together.poll(now)) send(out)
    for (const [, bytes] of up.poll(now)) link.send({ type: 'fast_up', body: btoa(String.fromCharCode(...bytes)) })
    tellShowing(now)
  }
  show()
  const due = soonest(together.deadline(), up.deadline(), said.deadline())
  if (due !== null && store.seated.peek()) timer = setTimeout(step, Math.max(0, due - performance.now()))
}

function send(out: Out): void {
  if (out.kind === 'view') return ask(out.epoch, out.view)
  const peer = currentPeer()
  const { readyState, bufferedAmount } = peer?.fast ?? {}
  if (readyState === 'open') {
    if ((bufferedAmount ?? 0) < BUFFERED_MOST) peer?.fast.send(out.bytes)
  } else if (peer?.settled) up.put(`${out.bytes[1]} ${out.bytes[2]}`, out.bytes) // kind and viewport
}

function ask(epoch: number, view: RestOut): void {
  const mine = together
  link.request({ type: 'change_view', epoch, ...view }).catch((error: unknown) => {
    const code = error instanceof RequestFailed ? error.code : 'internal'
    mine.refused(view, COMES_BACK.includes(code), performance.now())
    if (!COMES_BACK.includes(code) && code !== 'not_leading' && code !== 'consultation_closed') failed(error)
    step()
  })
}

/** What I see, where the log does not say it yet. Nothing before whoever draws has said something. */
function tellShowing(now: number): void {
  const view = store.view.peek()
  const wanted = store.sight.peek().following ? showing : { showing: 'own' as const, behind: 0 }
  const known = view?.state.looking.showing.find((one) => one.participant === view.me)
  if (!wanted || (known?.showing === wanted.showing && known.behind === wanted.behind)) return said.clear()
  said.put('showing', null)
  if (said.poll(now).length > 0) link.send({ type: 'say_showing', ...wanted })
}

function show(): void {
  const [sight, pointing] = [together.sight(), together.pointing()]
  store.sight.value = steady(sight, store.sight.peek())
  if (!same(pointing, store.pointing.peek())) store.pointing.value = pointing
}

function same<K, V>(a: ReadonlyMap<K, V>, b: ReadonlyMap<K, V>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)
}

/** µs on the session's clock. */
function sessionT(): number {
  return Math.max(0, Math.round((performance.now() - (store.view.peek()?.zeroMs ?? 0)) * 1000))
}
