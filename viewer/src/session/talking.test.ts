// Who talks and who has the floor, on a clock that is cranked by hand.
import { describe, expect, it } from 'vitest'

import { listen, QUIET } from './talking'
import type { Talking } from './talking'
import type { ParticipantId } from './wire.gen'

const [A, B] = [1 as ParticipantId, 2 as ParticipantId]
const STEP_MS = 250

/** Plays levels of A and B, one step each. */
function play(steps: readonly (readonly [number, number])[], from: Talking = QUIET, start = 0): Talking {
  return steps.reduce(
    (state, [a, b], index) =>
      listen(
        state,
        new Map([
          [A, a],
          [B, b],
        ]),
        start + index * STEP_MS,
      ),
    from,
  )
}
const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one)

describe('talking', () => {
  it('is not a knock', () => expect(play([[0.5, 0], ...times(3, [0, 0] as const)]).now.size).toBe(0))
  it('begins with a word', () => expect([...play(times(2, [0.1, 0] as const)).now]).toEqual([A]))
  it('goes on through a breath', () => {
    const state = play([...times(4, [0.1, 0] as const), ...times(4, [0, 0] as const)])
    expect(state.now.has(A)).toBe(true)
  })
  it('ends after a second of silence', () => {
    const state = play([...times(4, [0.1, 0] as const), ...times(6, [0, 0] as const)])
    expect(state.now.size).toBe(0)
  })
  it('may be two at once', () => expect(play(times(3, [0.1, 0.1] as const)).now.size).toBe(2))
  it('is not for who has left', () => {
    const state = listen(play(times(4, [0.1, 0] as const)), new Map([[B, 0]]), 2_000)
    expect([state.now.size, state.floor]).toEqual([0, null])
  })
})

describe('the floor', () => {
  const aTalks = play(times(4, [0.2, 0] as const))
  it('goes to the first who talks, and stays while nobody does', () => {
    expect(aTalks.floor).toBe(A)
    expect(play(times(40, [0, 0] as const), aTalks, 1_000).floor).toBe(A)
  })
  it('is not taken by an "hm"', () => {
    const state = play([...times(3, [0, 0.3] as const), ...times(8, [0.2, 0] as const)], aTalks, 1_000)
    expect(state.floor).toBe(A)
  })
  it('is taken by who goes on being louder', () => {
    expect(play(times(9, [0, 0.3] as const), aTalks, 1_000).floor).toBe(B)
  })
  it('does not flutter between two who talk over each other', () => {
    let [state, changes, floor] = [aTalks, 0, aTalks.floor]
    for (let step = 0; step < 80; step++) {
      const loud = step % 3 === 0 ? ([0.1, 0.2] as const) : ([0.2, 0.1] as const)
      state = play([loud], state, 1_000 + step * STEP_MS)
      if (state.floor !== floor) changes++
      floor = state.floor
    }
    expect(changes).toBe(0)
  })
})
