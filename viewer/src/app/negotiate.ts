// One offer at a time on a connection that is up: another network, a source that starts or ends.
import { RequestFailed } from '../session/link'
import * as store from '../session/store'
import { slotMap } from '../session/view'
import type { Peer } from '../rtc/peer'
import { failed } from './call'
import { link } from './wire'

let turn: Promise<unknown> = Promise.resolve()

/** Brings the server up to date with what `peer` sends. Refused for good: `refused` puts back what could not be.
 * While the link is away nothing is lost: the peer stays `unsettled`, coming back asks again. */
export function settle(peer: Peer, refused: () => void): void {
  turn = turn.then(() => (peer.settled && peer.unsettled ? offer(peer, false, refused) : undefined))
}

/** New ICE credentials for the same session; the rejoin that is already set follows if this fails. */
export function restartIce(peer: Peer): void {
  turn = turn.then(() => (peer.settled ? offer(peer, true, () => undefined) : undefined))
}

async function offer(peer: Peer, restart: boolean, refused: () => void): Promise<void> {
  if (link.status !== 'open' || !store.seated.value) return
  try {
    const media = await peer.offer(link.rttMs, restart)
    const reply = await link.request({ type: 'offer', media })
    if (reply.type !== 'answer') return
    await peer.accept(reply.answer)
    if (store.view.value) store.view.value = { ...store.view.value, slots: slotMap(reply.slots) }
  } catch (error) {
    await peer.retract()
    if (restart || !forGood(error)) return
    refused()
    failed(error)
  }
}

/** The server said no; anything else heals by itself and is asked for again. */
function forGood(error: unknown): boolean {
  const code = error instanceof RequestFailed ? error.code : 'internal'
  return code !== 'disconnected' && code !== 'timeout' && code !== 'stopping'
}
