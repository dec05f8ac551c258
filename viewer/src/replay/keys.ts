// The replay's keys: everywhere on the page but where somebody writes or a picture has keys of its own.
import { useEffect } from 'preact/hooks'

import { lastBefore, nextAfter } from './moments'
import { beside } from './player'
import type { Replay } from './replay'

export const NEAR_US = 5_000_000
const FAR_US = 10_000_000

const ACTS: Record<string, (replay: Replay) => void> = {
  ' ': (replay) => replay.toggle(),
  k: (replay) => replay.toggle(),
  j: (replay) => replay.by(-FAR_US),
  l: (replay) => replay.by(FAR_US),
  ArrowLeft: (replay) => replay.by(-NEAR_US),
  ArrowRight: (replay) => replay.by(NEAR_US),
  ',': (replay) => replay.step(-1),
  '.': (replay) => replay.step(1),
  '<': (replay) => replay.setRate(beside(replay.rate.peek(), -1)),
  '>': (replay) => replay.setRate(beside(replay.rate.peek(), 1)),
  Home: (replay) => replay.jump(0),
  End: (replay) => replay.jump(replay.opened.length_us),
  p: (replay) => toMoment(replay, -1),
  n: (replay) => toMoment(replay, 1),
}

export function toMoment(replay: Replay, way: 1 | -1): void {
  const markers = replay.markers.peek() ?? []
  const t = replay.t.peek()
  const found = way > 0 ? nextAfter(markers, t) : lastBefore(markers, t)
  if (found) replay.jump(found.t)
}

/** Whoever has the focus and uses keys itself. */
const OWN = 'input, select, textarea, [role=application], [role=menu], [role=menuitem], [role=tab], [role=dialog]'

export function useKeys(replay: Replay): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      const act = isOurs(event) ? ACTS[event.key.length === 1 ? event.key.toLowerCase() : event.key] : undefined
      if (!act) return
      event.preventDefault()
      act(replay)
    }
    document.addEventListener('keydown', pressed)
    return () => document.removeEventListener('keydown', pressed)
  }, [replay])
}

function isOurs(event: KeyboardEvent): boolean {
  const { key, target } = event
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false
  if (!(target instanceof Element)) return true
  if (key === ' ' && target.closest('button, summary')) return false // it presses that
  return target.closest(OWN) === null
}
