import { describe, expect, it } from 'vitest'

import { chance } from '../dicom/chance.testing'
import { beside, Player, RATES } from './player'
import type { Rate } from './player'
import { steer } from './steer'

const MINUTE = 60_000_000

describe('the clock', () => {
  it('stands until it is played, and goes at its rate', () => {
    const player = new Player(MINUTE)
    expect(player.at(500)).toBe(0)
    player.play(500)
    expect(player.at(1_500)).toBe(1_000_000)
    player.setRate(2, 1_500)
    expect(player.at(2_500)).toBe(3_000_000)
    player.pause(2_500)
    expect(player.at(9_000)).toBe(3_000_000)
  })

  it('jumps while it goes, never out of the consultation', () => {
    const player = new Player(MINUTE)
    player.play(0)
    player.jump(30_000_000, 1_000)
    expect(player.at(2_000)).toBe(31_000_000)
    player.jump(-5, 2_000)
    expect(player.at(2_000)).toBe(0)
    player.jump(2 * MINUTE, 2_000)
    expect(player.at(2_000)).toBe(MINUTE)
  })

  it('stops at the end, and begins anew from there', () => {
    const player = new Player(MINUTE)
    player.jump(59_000_000, 0)
    player.play(0)
    expect(player.poll(500)).toBe(false)
    expect(player.poll(1_500)).toBe(true)
    expect([player.playing, player.at(9_000)]).toEqual([false, MINUTE])
    player.play(10_000)
    expect(player.at(10_500)).toBe(500_000)
  })

  it('waits for what is not there yet, and forgets nothing that was asked meanwhile', () => {
    const player = new Player(MINUTE)
    player.play(0)
    player.hold(true, 1_000)
    expect([player.at(5_000), player.playing, player.running]).toEqual([1_000_000, true, false])
    player.jump(20_000_000, 5_000)
    player.hold(false, 6_000)
    expect(player.at(7_000)).toBe(21_000_000)
    player.hold(true, 7_000)
    player.pause(8_000)
    player.hold(false, 9_000)
    expect(player.at(20_000)).toBe(21_000_000)
  })

  it.each([...Array(50).keys()])('is one with the sum of what was done to it (seed %i)', (seed) => {
    const dice = chance(seed)
    const player = new Player(MINUTE)
    const model = { t: 0, playing: false, held: false, rate: 1 as Rate }
    let now = 0
    const acts = [
      () => {
        if (model.t >= MINUTE) model.t = 0
        player.play(now)
        model.playing = true
      },
      () => {
        player.pause(now)
        model.playing = false
      },
      () => player.setRate((model.rate = RATES[Math.floor(dice() * RATES.length)]!), now),
      () => {
        const t = Math.round(dice() * 1.2 * MINUTE - 0.1 * MINUTE)
        player.jump(t, now)
        model.t = Math.max(0, Math.min(MINUTE, t))
      },
      () => player.hold((model.held = dice() < 0.5), now),
      () => void (player.poll(now) && (model.playing = false)),
    ]
    for (let n = 0; n < 300; n++) {
      const step = Math.floor(dice() * 400)
      now += step
      if (model.playing && !model.held) model.t = Math.min(MINUTE, model.t + step * 1000 * model.rate)
      acts[Math.floor(dice() * acts.length)]!()
      expect(Math.abs(player.at(now) - model.t)).toBeLessThan(300) // each change rounds to 1 µs
      expect(player.running).toBe(model.playing && !model.held)
    }
  })

  it('has rates beside each other', () => {
    expect([beside(1, 1), beside(2, 1), beside(0.5, -1), beside(1, -2)]).toEqual([1.25, 2, 0.5, 0.5])
  })
})

describe('a media element on the clock', () => {
  const seen = { at: 10, rate: 1, paused: false, seeking: false }

  it('is left alone while it is there', () => expect(steer({ at: 10.01, rate: 1, running: true }, seen)).toEqual({}))

  it('is sought when it is far, and when it stands anywhere else', () => {
    expect(steer({ at: 12, rate: 1, running: true }, seen)).toEqual({ seek: 12 })
    expect(steer({ at: 10.04, rate: 1, running: false }, { ...seen, paused: true })).toEqual({ seek: 10.04 })
    expect(steer({ at: 12, rate: 1, running: true }, { ...seen, seeking: true })).toEqual({})
  })

  it('is stopped and started with the clock', () => {
    expect(steer({ at: 10, rate: 1, running: false }, seen)).toEqual({ paused: true })
    expect(steer({ at: 10, rate: 1.5, running: true }, { ...seen, paused: true })).toEqual({ paused: false, rate: 1.5 })
  })

  it.each([...Array(100).keys()])('comes within 20 ms of it and stays there (seed %i)', (seed) => {
    const dice = chance(seed)
    const rate = RATES[Math.floor(dice() * RATES.length)]!
    const drift = 1 + (dice() - 0.5) * 0.002 // a sound card 1000 ppm off
    const element = { at: dice() * 0.4, rate: rate as number, paused: false, seeking: false }
    let [clock, sought] = [0.2, 0]
    for (let n = 0; n < 100; n++) {
      clock += 0.1 * rate
      element.at += 0.1 * element.rate * drift
      const move = steer({ at: clock, rate, running: true }, element)
      element.rate = move.rate ?? element.rate
      if (move.seek !== undefined) {
        element.at = move.seek - dice() * 0.02 // seeking is not exact either
        sought++
      }
      if (n > 60) expect(Math.abs(element.at - clock)).toBeLessThan(0.02)
    }
    expect(sought).toBeLessThan(2)
  })
})
