// What I show besides my face: the probe (a second camera or capture card) and my screen. Each starts by my hand and
// ends by my hand, by the browser's own bar, or because the device went; whatever ended it is said in words.
import { effect } from '@preact/signals'

import { canShare, CLARITY, openProbe, openScreen } from '../rtc/capture'
import type { Clarity } from '../rtc/capture'
import { probeChoice, recall, remember } from '../rtc/choices'
import { problemOf } from '../rtc/ask'
import * as store from '../session/store'
import { currentPeer } from './media'

const OFF = { state: 'off' } as const
/** Which look at a probe is the newest: a device may take longer to open than the one that was chosen after it. */
let looks = 0

/** A look at the probe before the others see it: the device of last time, unless another is named. Once they see it,
 * another device takes its place without a gap. */
export async function lookAtProbe(id?: string): Promise<void> {
  const look = ++looks
  const over = (): boolean => look !== looks || store.probe.value.state === 'off'
  const before = store.probe.value
  const running = before.state === 'on'
  if (!running) {
    release(before)
    store.probe.value = { state: 'asking' }
  }
  try {
    const track = await openProbe(id ?? likely(), store.clarity.value)
    if (over()) return track.stop() // closed meanwhile, or another one was chosen
    note(track)
    store.probe.value = { state: running ? 'on' : 'preview', track }
    if (running) release(before)
  } catch (error) {
    if (over()) return
    const problem = problemOf(error)
    if (running) store.notice.value = { kind: `probe.problem.${problem}`, tone: 'warn' }
    else store.probe.value = { state: 'problem', problem }
  }
}

function likely(): string {
  const face = store.devices.value.camera.track?.getSettings().deviceId ?? ''
  return probeChoice(store.devices.value.choices, recall('probe'), face)?.id ?? ''
}

/** What is looked at goes to everybody. */
export function startProbe(): void {
  const { track } = store.probe.value
  if (track) store.probe.value = { state: 'on', track }
}

export function stopProbe(): void {
  release(store.probe.value)
  store.probe.value = OFF
}

export function setClarity(clarity: Clarity): void {
  store.clarity.value = clarity
}

/** The browser asks what to share. Refusing there is no error: somebody thought better of it. */
export async function startScreen(): Promise<void> {
  if (!canShare() || store.screen.value.state !== 'off') return
  store.screen.value = { state: 'asking' }
  try {
    const { picture, sound } = await openScreen()
    if (store.screen.value.state !== 'asking') return release({ state: 'on', track: picture, sound })
    picture.addEventListener('ended', () => {
      if (store.screen.value.track === picture) endScreen('screen.ended')
    })
    store.screen.value = { state: 'on', track: picture, sound }
  } catch (error) {
    store.screen.value = OFF
    const problem = problemOf(error)
    if (problem !== 'refused') store.notice.value = { kind: 'screen.failed', tone: 'warn', code: problem }
  }
}

export function stopScreen(): void {
  endScreen('screen.stopped')
}

/** The call is over, or carried on elsewhere. */
export function closeSources(): void {
  stopProbe()
  release(store.screen.value)
  store.screen.value = OFF
}

/** The encoder is told what to give up first; the track's hint says the same to browsers that go by it. */
export function followClarity(): void {
  effect(() => {
    const { track } = store.probe.value
    const clarity = store.clarity.value
    if (!track) return
    track.contentHint = CLARITY[clarity].hint
    void currentPeer()?.prefer('probe', clarity)
  })
}

function endScreen(words: string): void {
  if (store.screen.value.state === 'off') return
  release(store.screen.value)
  store.screen.value = OFF
  store.notice.value = { kind: words, tone: 'info' }
}

/** Remembered for the next time; and if it is pulled out, that is said. */
function note(track: MediaStreamTrack): void {
  const id = track.getSettings().deviceId ?? ''
  if (id) remember('probe', { id, label: track.label })
  track.addEventListener('ended', () => {
    if (store.probe.value.track !== track) return
    const seen = store.probe.value.state === 'on'
    store.probe.value = seen ? OFF : { state: 'problem', problem: 'lost' }
    if (seen) store.notice.value = { kind: 'probe.problem.lost', tone: 'warn' }
  })
}

function release({ track, sound }: store.Extra): void {
  track?.stop()
  sound?.stop()
}
