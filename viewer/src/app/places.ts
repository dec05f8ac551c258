// The one page that has an address: a replay at a moment, `#replay=<consultation>&t=<session µs>`. A review links to it, and a
// reloaded page comes back to it.
import { effect } from '@preact/signals'

import * as store from '../session/store'
import type { ConsultationId } from '../session/wire.gen'

const ID = /^[a-z2-7]{26}$/

export function replayIn(hash: string): typeof store.replayed.value {
  const given = new URLSearchParams(hash.replace(/^#/, ''))
  const consultation = given.get('replay') ?? ''
  const t = Number(given.get('t') ?? 0)
  if (!ID.test(consultation)) return null
  return { consultation: consultation as ConsultationId, t: Number.isSafeInteger(t) && t >= 0 ? t : 0 }
}

/** Watch a recording, from a moment on. */
export function watch(consultation: ConsultationId, t = 0): void {
  store.replayed.value = { consultation, t }
}

/** A patient's link holds a key: it is taken out of the address at once, so that nobody finds it in the history. */
export function takeLink(): boolean {
  const token = new URLSearchParams(location.hash.replace(/^#/, '')).get('patient')
  if (!token) return false
  store.patientLink.value = token
  history.replaceState(null, '', location.pathname)
  return true
}

export function followAddress(): void {
  const read = (): void => {
    const found = replayIn(location.hash)
    if (found) store.replayed.value = found
  }
  read()
  // Not `hashchange`: a link to the moment that one came by leads there again, though the address stays the same.
  window.addEventListener('popstate', read)
  effect(() => {
    const now = store.replayed.value
    const hash = now ? `#replay=${now.consultation}&t=${now.t}` : ''
    const mine = replayIn(location.hash) !== null
    if (location.hash !== hash && (now || mine)) history.replaceState(null, '', hash || location.pathname)
  })
}
