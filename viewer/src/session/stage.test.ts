// What is on the stage.
import { describe, expect, it } from 'vitest'

import { chooseStage } from './stage'
import type { Shown } from './view'
import type { ParticipantId, Purpose, TrackId } from './wire.gen'

const ME = 1 as ParticipantId
const one = (track: number, purpose: Purpose, participant: number, camera = true): Shown =>
  ({ mid: '', track: { track, purpose, participant }, owner: { participant, camera } }) as unknown as Shown
const staged = (videos: Shown[], pinned: number | null = null, speaker: number | null = null): number | null =>
  chooseStage(videos, pinned as TrackId | null, ME, speaker as ParticipantId | null)?.track.track ?? null

describe('the stage', () => {
  const all = [one(4, 'face', 2), one(5, 'face', 3), one(6, 'screen', 3), one(7, 'probe', 2)]
  it('shows the probe first, then the shared picture, then a face', () => {
    expect([staged(all), staged(all.slice(0, 3)), staged(all.slice(0, 2))]).toEqual([7, 6, 4])
    expect(staged([])).toBeNull()
  })
  it('shows what is pinned, as long as it is there', () => expect([staged(all, 5), staged(all, 99)]).toEqual([5, 7]))
  it('shows my own probe, never my own screen', () => {
    expect(staged([one(4, 'face', 2), one(8, 'probe', 1)])).toBe(8)
    expect(staged([one(4, 'face', 2), one(8, 'screen', 1)])).toBe(4)
    expect(staged([one(8, 'screen', 1)], 8)).toBeNull()
  })
  it('shows the newer of two probes', () => expect(staged([one(9, 'probe', 2), one(7, 'probe', 3)])).toBe(9))
  it('follows who speaks among faces only', () => {
    expect(staged(all.slice(0, 2), null, 3)).toBe(5)
    expect(staged(all, null, 3)).toBe(7)
    expect(staged(all.slice(0, 2), 4, 3)).toBe(4)
  })
  it('does not go to who speaks without a camera', () =>
    expect(staged([one(4, 'face', 2), one(5, 'face', 3, false)], null, 3)).toBe(4))
})
