// While a probe is shown from this page, its frames are remembered for marks and freezes. That part is loaded with the
// first probe; without it the picture goes out all the same, and a freeze is then what was transmitted.
import { effect } from '@preact/signals'

import * as store from '../session/store'

const WAITS_MS = 1_500 // for a part that does not come nobody waits longer

type Attach = (sender: RTCRtpSender) => void
let loading: Promise<Attach | null> | null = null
let attach: Attach | null = null

/** From the first look at a probe on. */
export function followProbe(): void {
  effect(() => {
    if (store.probe.value.track) loading ??= load()
  })
}

/** Before the probe gets its sender: once it sends it is too late. */
export async function probeReady(): Promise<void> {
  const late = new Promise<void>((resolve) => setTimeout(resolve, WAITS_MS))
  await Promise.race([loading, late])
}

/** In the turn in which the sender was made. */
export function probeSends(sender: RTCRtpSender): void {
  attach?.(sender)
}

async function load(): Promise<Attach | null> {
  try {
    const { followProbe: follow } = await import('../live/publisher')
    attach = await follow()
  } catch {
    loading = null
  }
  return attach
}
