import { describe, expect, it } from 'vitest'

import { lastBefore, lasting, nextAfter, placed, snapped } from './moments'
import { looksOf } from './looks'
import { startedLast } from './started'
import { EMPTY_STATE } from '../session/fold'
import { emptyView } from '../session/view'
import type { ConsultationId, LogEvent, Presence, TrackState } from '../session/wire.gen'
import type { Marker } from './wire'

const marker = (t: number, kind = 'chat', t_to = t): Marker => ({ t: t * 1e6, t_to: t_to * 1e6, kind, data: {} })
const all = [marker(1), marker(5, 'gap', 9), marker(6, 'network', 8), marker(20, 'mark')]

describe('moments', () => {
  it('come one after the other, and a second press goes further back', () => {
    expect([0, 1e6, 5e6, 21e6].map((t) => nextAfter(all, t)?.t)).toEqual([1e6, 5e6, 6e6, undefined])
    expect([0, 5.5e6, 7e6, 30e6].map((t) => lastBefore(all, t)?.t)).toEqual([undefined, 1e6, 5e6, 20e6])
  })

  it('that last are said while they do', () => {
    expect([4e6, 7e6, 8e6, 9e6].map((t) => lasting(all, t).map(({ kind }) => kind))).toEqual([
      [],
      ['gap', 'network'],
      ['gap'],
      [],
    ])
  })

  it('draw a press near them to them', () => {
    expect(snapped(all, 20.3e6, 100_000)).toBe(20e6)
    expect(snapped(all, 15e6, 100_000)).toBe(15e6)
    expect(snapped([], 15e6, 100_000)).toBe(15e6)
  })

  it('do not stand on each other', () => {
    const xs = placed(all, 100, 20e6, 20).map(({ x }) => x)
    expect(xs).toEqual([5, 25, 100])
  })
})

const event = (seq: number, body: object): LogEvent => ({ seq, t: seq, by: 1, body }) as unknown as LogEvent

describe('what is seen large', () => {
  const events = [
    event(1, { type: 'track_added', kind: 'video', purpose: 'face' }),
    event(2, { type: 'view_changed', image: { series: '1.1' } }),
    event(3, { type: 'track_added', kind: 'video', purpose: 'probe' }),
    event(4, { type: 'view_changed', image: { series: '1.1' } }),
    event(5, { type: 'view_changed', image: { series: '1.2' } }),
  ]

  it('is what was started last', () => {
    expect([2, 3, 4, 5].map((seq) => startedLast(events, seq))).toEqual(['pictures', 'track', 'track', 'pictures'])
  })

  it('or what is pinned; all else is beside it', () => {
    const seat = { participant: 1, camera: true, person: { name: 'A' } } as unknown as Presence
    const track = (number: number, purpose: string): TrackState =>
      ({ track: number, participant: 1, kind: 'video', purpose, mid: '' }) as unknown as TrackState
    const tracks = [track(1, 'face'), track(2, 'probe')]
    const view = { ...emptyView('x' as ConsultationId), state: { ...EMPTY_STATE, participants: [seat], tracks } }
    const numbers = (looks: ReturnType<typeof looksOf>): unknown => [
      looks.staged?.track.track,
      looks.tiles.map((one) => one.track.track),
      looks.picturesAside,
    ]
    expect(numbers(looksOf(view, true, 'track', null))).toEqual([2, [1], true])
    expect(numbers(looksOf(view, true, 'pictures', null))).toEqual([undefined, [1, 2], false])
    expect(numbers(looksOf(view, true, 'track', 'pictures'))).toEqual([undefined, [1, 2], false])
    expect(numbers(looksOf(view, true, 'pictures', 1 as never))).toEqual([1, [2], true])
  })
})
