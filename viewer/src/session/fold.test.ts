// The fold and its hash against the vectors that Python wrote: same events, same state, same bytes, same hash.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { canonical, stateHash } from './canonical'
import { EMPTY_STATE, fold } from './fold'
import type { LogEvent, State } from './wire.gen'

const GOLDEN = join(import.meta.dirname, '../../../tests/golden')
const read = <T>(name: string): T => JSON.parse(readFileSync(join(GOLDEN, name), 'utf8')) as T
const vectors = readdirSync(GOLDEN).filter((name) => /^fold.*\.json$/.test(name))

describe('fold', () => {
  it('has vectors', () => expect(vectors.length).toBeGreaterThan(3))

  it.each(vectors)('%s', async (name) => {
    const { steps } = read<{ steps: { event: LogEvent; hash: string; canonical?: string }[] }>(name)
    let state: State = EMPTY_STATE
    for (const step of steps) {
      state = fold(state, step.event)
      if (step.canonical !== undefined) expect(canonical(state)).toBe(step.canonical)
      expect(await stateHash(state)).toBe(step.hash)
    }
  })
})

describe('canonical JSON', () => {
  const { values } = read<{ values: { value: unknown; canonical: string }[] }>('canonical.json')
  it.each(values.map(({ value, canonical: expected }) => [expected, value]))('%s', (expected, value) => {
    expect(canonical(value)).toBe(expected)
  })
})
