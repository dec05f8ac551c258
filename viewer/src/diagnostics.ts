// `window.__sefaw`: a look inside for system tests and for support by telephone. Read-only; nothing here acts.
//   page()      which page is shown
//   health()    how the media does: off, connecting, up, interrupted, blocked, unavailable
//   link()      status and round trip of the WebSocket
//   session()   {consultation, participant, seq, status, t: µs of its clock, slots: {mid: track}} or null
//   stats()     every entry of the peer connection's getStats(), or []
import { currentPeer } from './app/media'
import { link } from './app/wire'
import * as store from './session/store'

export function exposeDiagnostics(): void {
  Object.defineProperty(window, '__sefaw', { value: Object.freeze({ page, health, link: state, session, stats }) })
}

const page = (): string => store.page.value
const health = (): string => store.health.value
const state = (): object => ({ status: link.status, rttMs: link.rttMs })

function session(): object | null {
  const view = store.view.value
  if (!view) return null
  return {
    consultation: view.consultation,
    participant: view.me,
    seq: view.state.seq,
    status: view.state.status,
    t: Math.round((performance.now() - view.zeroMs) * 1000),
    slots: Object.fromEntries(view.slots),
  }
}

async function stats(): Promise<object[]> {
  const report = await currentPeer()?.pc.getStats()
  const entries: object[] = []
  report?.forEach((entry: object) => entries.push(entry))
  return entries
}
