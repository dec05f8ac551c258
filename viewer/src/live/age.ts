// Reads, twice a second, what the age of the received probe picture is put together from.
import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

import { currentPeer } from '../app/media'
import { link } from '../app/wire'
import * as store from '../session/store'
import type { Shown } from '../session/view'
import { estimate, holdingOf, Steady } from './glass'
import type { Inbound } from './glass'

const EVERY_MS = 500

/** ms; null = not known, or my own picture. */
export const age = signal<number | null>(null)

export function useAge({ mid, owner }: Shown): void {
  useEffect(() => {
    if (mid === '') return
    const steady = new Steady()
    let before: Inbound | null = null
    const read = async (): Promise<void> => {
      const now = await inbound(mid)
      if (!now) return
      const holding = holdingOf(before, now)
      before = now
      const ms = estimate({ ...rtts(owner.participant), holding, fps: now.framesPerSecond ?? 0 })
      if (ms !== null) age.value = steady.add(ms)
    }
    const timer = setInterval(() => void read(), EVERY_MS)
    return () => {
      clearInterval(timer)
      age.value = null
    }
  }, [mid, owner.participant])
}

function rtts(publisher: number): { upRtt: number | null; downRtt: number | null } {
  const view = store.view.peek()
  const measured = [...(view?.quality.values() ?? [])]
  const of = (who: number | undefined): number | null => {
    const ms = measured.find((one) => one.participant === who)?.rtt_ms ?? -1
    return ms < 0 ? null : ms
  }
  return { upRtt: of(publisher), downRtt: of(view?.me) ?? (link.rttMs || null) }
}

async function inbound(mid: string): Promise<Inbound | null> {
  const report = await currentPeer()
    ?.receiverOf(mid)
    ?.getStats()
    .catch(() => null)
  let found: Inbound | null = null
  report?.forEach((entry: { type: string }) => {
    if (entry.type === 'inbound-rtp') found = entry as Inbound
  })
  return found
}
