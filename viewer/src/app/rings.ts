// What rings here. One at a time is on the page; what rings besides waits behind it.
import * as store from '../session/store'
import type { Ringing } from '../session/store'
import type { ConsultationId, Incoming } from '../session/wire.gen'

let waiting: Ringing[] = []

/** Whether it is now the one on the page. Said again (the page came back), its time is the new one. */
export function rings(call: Incoming): boolean {
  const ringing = { call, sinceMs: performance.now() }
  const shown = store.incoming.value
  if (!shown || shown.call.consultation === call.consultation) {
    store.incoming.value = ringing
    return true
  }
  waiting = [...waiting.filter((one) => one.call.consultation !== call.consultation), ringing]
  return false
}

export function ringsNoMore(consultation: ConsultationId): void {
  waiting = waiting.filter((one) => one.call.consultation !== consultation)
  if (store.incoming.value?.call.consultation === consultation) next()
}

/** The one on the page is answered, declined or over. */
export function next(): void {
  const [first, ...rest] = waiting
  waiting = rest
  store.incoming.value = first ?? null
}

/** The server says anew what rings. */
export function forgetRings(): void {
  waiting = []
  store.incoming.value = null
}
