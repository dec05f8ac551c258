// While my page shows a probe: remembers which frame went out with which key, and answers a freeze with my own picture of
// that very frame (PNG, full size, without loss). What cannot be had is declined at once, so that the server decodes what
// was transmitted instead of waiting.
import { effect, signal } from '@preact/signals'

import { link } from '../app/wire'
import * as store from '../session/store'
import type { FreezeState, TrackId } from '../session/wire.gen'
import type { View } from '../session/view'
import { Frames } from './frames'

/** Null: no probe was shown yet, or a browser that cannot tell its frames apart. */
export const frames = signal<Frames | null>(null)

const answered = new Set<string>()

/** Once, for as long as the page lives: a sender's frames pass through the worker to its end. Returns what is to be
 * told of the probe's sender; null where the browser lacks what it takes. */
export async function followProbe(): Promise<((sender: RTCRtpSender) => void) | null> {
  const found = await Frames.open()
  frames.value = found
  effect(() => found?.keep(store.probe.value.track ?? null))
  effect(() => {
    const view = store.view.value
    if (view) for (const freeze of asked(view)) void answer(view, freeze)
    else answered.clear()
  })
  return found && ((sender) => found.attach(sender))
}

/** Freezes of my page's probe that nobody has answered yet. */
function asked(view: View): FreezeState[] {
  const mine = ownProbe(view)
  return view.state.looking.freezes.filter(
    (one) => one.frame.track === mine && !one.picture && !one.fault && !answered.has(one.key),
  )
}

/** The probe that this page sends; what an encoder of mine publishes (`whip.N`) is not on this machine. */
function ownProbe(view: View): TrackId | null {
  const mine = view.state.tracks.find(
    (one) => one.participant === view.me && one.purpose === 'probe' && !one.mid.startsWith('whip.'),
  )
  return mine?.track ?? null
}

async function answer(view: View, { key, frame }: FreezeState): Promise<void> {
  answered.add(key)
  const png = (await frames.peek()?.picture(key, frame.rtp)) ?? null
  if (png && (await post(view.consultation, key, png))) return
  await link.request({ type: 'decline_freeze', key }).catch(() => undefined) // the server's own deadline does the rest
}

async function post(consultation: string, key: string, png: Blob): Promise<boolean> {
  const headers = { 'Content-Type': 'image/png', 'X-CSRF-Token': store.csrf.value }
  const path = `/api/consultations/${consultation}/stills/${key}`
  const reply = await fetch(path, { method: 'POST', headers, body: png, credentials: 'same-origin' }).catch(() => null)
  return reply?.ok ?? false
}
