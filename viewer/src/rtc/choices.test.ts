// Which device was chosen, found again by its id or its name.
import { beforeEach, describe, expect, it } from 'vitest'

import { find, listed, probeChoice, recall, remember } from './choices'
import { device } from './table.testing'

beforeEach(() => localStorage.clear())

describe('which device was chosen', () => {
  const there = listed([
    device('videoinput', 'face'),
    device('videoinput', 'grabber'),
    device('audiooutput', 'box'),
    device('audioinput', ''),
  ])

  it('is known by its id, else by its name', () => {
    expect(find(there, 'camera', { id: 'grabber', label: '' })?.id).toBe('grabber')
    expect(find(there, 'camera', { id: 'forgotten', label: 'GRABBER' })?.id).toBe('grabber')
    expect(find(there, 'speaker', { id: 'grabber', label: '' })).toBeUndefined()
    expect(find(there, 'camera', null)).toBeUndefined()
  })

  it('for the probe is the one of last time, else not the face camera, else what there is', () => {
    expect(probeChoice(there, { id: 'face', label: '' }, 'face')?.id).toBe('face')
    expect(probeChoice(there, null, 'face')?.id).toBe('grabber')
    expect(probeChoice(there.slice(0, 1), null, 'face')?.id).toBe('face')
    expect(probeChoice([], null, '')).toBeUndefined()
  })

  it('is remembered, each kind for itself; what is not ours in the store is nothing', () => {
    remember('probe', { id: 'grabber', label: 'GRABBER' })
    remember('speaker', { id: 'box', label: 'BOX' })
    expect(recall('probe')).toEqual({ id: 'grabber', label: 'GRABBER' })
    expect(recall('camera')).toBeNull()
    localStorage.setItem('sefaw.devices', '[')
    expect(recall('probe')).toBeNull()
  })
})
