// Frames that wait for the screen: each once and in order; given back when there is no room, and when the screen is too slow.
import { describe, expect, it } from 'vitest'

import { chance } from '../dicom/chance.testing'
import { Turns } from './turns'

interface Made {
  n: number
  close(): void
}

/** A camera and a screen; `perTurn`: frames that come between two turns. Shown and closed frames, in order. */
function watch(perTurn: (turn: number) => number, turns = 300): { shown: number[]; left: number[]; waiting: number[] } {
  const line = new Turns<Made>()
  const [shown, left, waiting]: number[][] = [[], [], []]
  let n = 0
  for (let turn = 0; turn < turns; turn++) {
    for (let more = perTurn(turn); more > 0; more--) {
      const made = n++
      line.add({ n: made, close: () => left!.push(made) })
    }
    const next = line.next()
    if (next) shown!.push(next.n)
    if (next) waiting!.push(n - 1 - next.n)
  }
  line.clear()
  return { shown: shown!, left: left!, waiting: waiting! }
}

describe('frames that wait for the screen', () => {
  it('are all shown, in order, where they come in heaps that the screen can catch up with', () => {
    const { shown, left } = watch((turn) => (turn % 12 === 0 ? 6 : 0))
    expect(shown).toEqual(Array.from({ length: shown.length }, (_, n) => n))
    expect([shown.length, left]).toEqual([150, []])
  })

  it('come out in order, and each is shown or given back once, whatever comes', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const dice = chance(seed)
      const { shown, left } = watch(() => Math.floor(dice() * dice() * 5))
      expect(shown).toEqual(shown.toSorted((a, b) => a - b))
      expect([...shown, ...left].toSorted((a, b) => a - b)).toEqual(Array.from({ length: shown.length + left.length }, (_, n) => n)) // prettier-ignore
    }
  })

  it('of a heap too great are the newest', () => {
    const { shown, left } = watch((turn) => (turn === 0 ? 20 : 0))
    expect([shown[0], shown.length, left.length]).toEqual([12, 8, 12])
  })

  it('do not fall behind for good where the screen is no faster than the picture', () => {
    const { waiting } = watch((turn) => (turn === 50 ? 5 : 1))
    expect(Math.max(...waiting.slice(50, 60))).toBe(4)
    expect(Math.max(...waiting.slice(80))).toBe(0)
  })
})
