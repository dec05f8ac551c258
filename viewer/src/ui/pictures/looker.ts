// Who looks at pictures here: the call, or a replay of it. What is shown comes from there, and what a hand does goes there.
import type { ReadonlySignal } from '@preact/signals'
import { createContext } from 'preact'

import { changeLayout, changeView, pointAt } from '../../app/looking'
import { addMark } from '../../app/marking'
import type { Change, Sight } from '../../session/looking'
import type { Pointing } from '../../session/pointing'
import * as store from '../../session/store'
import type { Mark, ParticipantId } from '../../session/wire.gen'

export interface Looker {
  readonly sight: ReadonlySignal<Sight>
  readonly pointing: ReadonlySignal<ReadonlyMap<ParticipantId, Pointing>>
  /** µs of the session's clock. */
  now(): number
  /** False: whoever leads moves this picture. */
  change(viewport: number, change: Change): boolean
  changeLayout(rows: number, columns: number): void
  /** Null: who looks leaves neither pointer nor marks. */
  readonly hand: { point(at: Pointing | null): void; mark(mark: Mark): void } | null
}

const inCall: Looker = {
  sight: store.sight,
  pointing: store.pointing,
  now: () => (performance.now() - (store.view.peek()?.zeroMs ?? 0)) * 1000,
  change: changeView,
  changeLayout,
  hand: { point: pointAt, mark: addMark },
}

export const LookerContext = createContext<Looker>(inCall)
