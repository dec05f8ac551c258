// The media of the consultation I am in: one Peer at a time, its health, and what to do when it fails.
import { effect } from '@preact/signals'

import { candidatePorts } from '../rtc/codecs'
import { Peer } from '../rtc/peer'
import type { PeerState, Source } from '../rtc/peer'
import * as store from '../session/store'
import type { Media } from '../session/wire.gen'
import { restartIce, settle } from './negotiate'
import { probeReady, probeSends } from './probe'
import { maySpeak } from './roles'
import { link } from './wire'

const CONNECT_WITHIN_MS = 10_000 // on a working network it takes under one second
const RESTART_AFTER_MS = 2_500 // shorter gaps heal by themselves
const REJOIN_AFTER_MS = 8_000
const REJOINS = 4 // then it is the user's turn: the network will not change by asking again

/** Who hears the fast lane is decided in looking.ts. */
export const fastLane: { received(bytes: Uint8Array): void } = { received: () => undefined }

let peer: Peer | null = null
let ever = false
let rejoins = 0
let timers: ReturnType<typeof setTimeout>[] = []
/** Set: the next `resume` brings a new offer. */
let stale = false

export function currentPeer(): Peer | null {
  return peer
}

/** A new connection's offer; null where the browser refuses to make one (the call then goes on as text). */
export async function freshOffer(): Promise<Media | null> {
  closeMedia()
  try {
    const fast = (bytes: Uint8Array): void => fastLane.received(bytes)
    const listener = { track: arrived, state: changed, fast, sender: made }
    peer = new Peer(listener, maySpeak(store.me.value?.role ?? 'observer'))
    await send(peer, wished())
    const media = await peer.offer(link.rttMs)
    store.health.value = 'connecting'
    return media
  } catch {
    closeMedia()
    store.health.value = 'unavailable'
    return null
  }
}

/** The offer of a `resume`: none while the connection still carries media. */
export async function resumeOffer(): Promise<Media | null> {
  return !stale && peer?.connected ? null : freshOffer()
}

export async function accept(answer: string | null): Promise<void> {
  if (!peer) return
  if (!answer) return settle(peer, takeBack)
  store.mediaPorts.value = candidatePorts(answer)
  try {
    await peer.accept(answer)
  } catch {
    store.health.value = 'unavailable'
    return
  }
  stale = false
  settle(peer, takeBack)
  if (!peer.connected) later(CONNECT_WITHIN_MS, () => peer?.connected || block())
}

export function closeMedia(): void {
  calm()
  peer?.close()
  peer = null
  ever = false
  stale = false
  store.remote.value = new Map()
  store.health.value = 'off'
}

/** By the user's hand, or because the present connection is dead: resume with a new offer. */
export function rejoin(byHand = false): void {
  if (byHand) rejoins = 0
  if (rejoins++ >= REJOINS) return block()
  stale = true
  link.restart()
}

/** Keeps what is sent true to the devices there are. */
export function followDevices(): void {
  effect(() => {
    const current = peer
    const wishes = wished()
    if (current) void send(current, wishes).then(() => settle(current, takeBack))
  })
}

type Wishes = readonly [Source, MediaStreamTrack | null][]

function wished(): Wishes {
  const { microphone, camera } = store.devices.value
  const [probe, screen] = [store.probe.value, store.screen.value]
  return [
    ['microphone', microphone.track ?? null],
    ['camera', camera.track ?? null],
    ['probe', probe.state === 'on' ? (probe.track ?? null) : null],
    ['screen', screen.track ?? null],
    ['screen_sound', screen.sound ?? null],
  ]
}

async function send(to: Peer, wishes: Wishes): Promise<void> {
  for (const [source, track] of wishes) {
    if (source === 'probe' && track) await probeReady()
    await to.send(source, track)
  }
  await to.prefer('probe', store.clarity.value)
}

/** The server refused a further picture: nobody sees it, so it must not look as if somebody did. */
function takeBack(): void {
  for (const extra of [store.probe, store.screen]) {
    extra.value.track?.stop()
    extra.value.sound?.stop()
    extra.value = { state: 'off' }
  }
}

function made(source: Source, sender: RTCRtpSender): void {
  if (source === 'probe') probeSends(sender)
}

function arrived(mid: string, track: MediaStreamTrack): void {
  store.remote.value = new Map(store.remote.value).set(mid, track)
}

function changed(state: PeerState): void {
  if (state === 'connecting') return
  calm()
  if (state === 'connected') {
    ever = true
    rejoins = 0
    store.health.value = 'up'
    return
  }
  if (!ever) return block()
  store.health.value = 'interrupted'
  // `closed` and `failed` do not heal; a gap may.
  if (state !== 'disconnected') return later(1_000, () => rejoin())
  later(RESTART_AFTER_MS, () => peer && restartIce(peer))
  later(REJOIN_AFTER_MS, () => rejoin())
}

function block(): void {
  calm()
  store.health.value = ever ? 'interrupted' : 'blocked'
}

function later(ms: number, then: () => void): void {
  timers.push(setTimeout(then, ms))
}

function calm(): void {
  timers.forEach(clearTimeout)
  timers = []
}
