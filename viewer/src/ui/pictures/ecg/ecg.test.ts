// The arithmetic of the ECG viewer: samples to mV, mV and seconds to paper, paper to figures.
import { describe, expect, it } from 'vitest'

import { interval, lastStart, MARGIN_MM, pixelsPerMm, samplesOf, sheet, LAYOUTS, SPEEDS, GAINS } from './paper'
import { bytesOf, groupsOf, leadName, machineWords, recording } from './waveform'
import type { Recording } from './waveform'

const NAMES = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6']

function channel(meaning: string, more: object = {}): object {
  return {
    '003A0208': { Value: [{ '00080104': { Value: [meaning] } }] },
    '003A0210': { Value: [1.25] },
    '003A0211': { Value: [{ '00080100': { Value: ['uV'] } }] },
    '003A0212': { Value: ['1'] },
    '003A0213': { Value: [0] },
    ...more,
  }
}

function metadata(channels: object[], samples: number, rest: object = {}): never {
  const group = {
    '003A0004': { Value: ['ORIGINAL'] },
    '003A0005': { Value: [channels.length] },
    '003A0010': { Value: [samples] },
    '003A001A': { Value: ['1000'] },
    '003A0200': { Value: channels },
    '54001006': { Value: ['SS'] },
    '54001010': { vr: 'OW', BulkDataURI: 'bulk/0' },
    ...rest,
  }
  return { '54000100': { Value: [group] } } as never
}

const twelve = (seconds: number): Recording => ({
  leads: NAMES.map((name) => ({ name, mv: new Float32Array(seconds * 1000) })),
  rateHz: 1000,
  seconds,
  derived: false,
  label: '',
})
const paper = { layout: '3x4', speed: 25, gain: 10, from: 0 } as const

describe('a waveform', () => {
  it('is de-multiplexed and scaled to mV: sample × sensitivity × correction + baseline', () => {
    const offset = channel('Lead II', { '003A0213': { Value: [100] } })
    const [group] = groupsOf(metadata([channel('Lead I (Einthoven)'), offset], 3))
    const found = recording(group!, new Int16Array([800, 0, -800, 8, 0, -80]).buffer)!
    expect(group!.uri).toBe('bulk/0')
    expect(found.leads.map((lead) => lead.name)).toEqual(['I', 'II'])
    expect([...found.leads[0]!.mv]).toEqual([1, -1, 0])
    expect([...found.leads[1]!.mv].map((mv) => mv.toFixed(4))).toEqual(['0.1000', '0.1100', '0.0000'])
    expect(found.seconds).toBe(0.003)
  })

  it('is refused where it cannot be drawn truly', () => {
    const one = [channel('Lead I')]
    const data = new Int16Array([1, 2]).buffer
    const ask = (made: never): unknown => recording(groupsOf(made)[0]!, data)
    expect(ask(metadata(one, 2))).not.toBeNull()
    expect(ask(metadata(one, 3))).toBeNull() // fewer samples than it says
    expect(ask(metadata(one, 2, { '54001006': { Value: ['MB'] } }))).toBeNull() // µ-law
    expect(ask(metadata(one, 2, { '003A001A': { Value: [0] } }))).toBeNull()
    expect(ask(metadata(one, 2, { '003A0005': { Value: [2] } }))).toBeNull()
    expect(ask(metadata([channel('Lead I', { '003A0211': {} })], 2))).toBeNull() // no unit
    expect(ask(metadata(one, 1e12))).toBeNull()
    expect(groupsOf({})).toEqual([])
  })

  it('reads every sample type that is little-endian and linear', () => {
    const one = [channel('Lead I', { '003A0210': { Value: [1000] } })]
    const first = (type: string, data: ArrayBuffer): number =>
      recording(groupsOf(metadata(one, 1, { '54001006': { Value: [type] } }))[0]!, data)!.leads[0]!.mv[0]!
    expect(first('SS', new Int16Array([-2]).buffer)).toBe(-2)
    expect(first('US', new Uint16Array([65_535]).buffer)).toBe(65_535)
    expect(first('SB', new Int8Array([-2]).buffer)).toBe(-2)
    expect(first('UB', new Uint8Array([254]).buffer)).toBe(254)
    expect(first('SL', new Int32Array([-70_000]).buffer)).toBe(-70_000)
  })

  it('names leads as paper does', () => {
    const names = ['Lead I (Einthoven)', 'Lead aVR', 'LEAD AVF', 'Lead V6', 'Lead III', 'Chest', '']
    expect(names.map((name, n) => leadName(channel(name) as never, n))).toEqual([
      ...['I', 'aVR', 'aVF', 'V6', 'III', 'Chest', '7'],
    ])
  })

  it('says what the machine wrote, once', () => {
    const said = (words: string): object => ({ '00700006': { Value: [words] } })
    const annotated = { '0040B020': { Value: [said('Sinus rhythm'), said('Sinus rhythm'), {}] } }
    expect(machineWords(annotated as never)).toEqual(['Sinus rhythm'])
    expect([...new Uint8Array(bytesOf('AQID'))]).toEqual([1, 2, 3])
  })
})

describe('a sheet of paper', () => {
  it('3×4: columns of 2.5 s one after the other in time, and lead II below for 10 s', () => {
    const { strips, width, height, pulses } = sheet(twelve(10), paper)
    expect(strips).toHaveLength(13)
    expect(strips[0]).toMatchObject({ lead: 0, x: MARGIN_MM, from: 0, seconds: 2.5 })
    expect(strips[3]).toMatchObject({ lead: 3, x: MARGIN_MM + 62.5, from: 2.5 }) // aVR on top of the second column
    expect(strips[11]).toMatchObject({ lead: 11, x: MARGIN_MM + 187.5, from: 7.5 })
    expect(strips[12]).toMatchObject({ lead: 1, x: MARGIN_MM, from: 0, seconds: 10 })
    expect([width, height, pulses.length]).toEqual([MARGIN_MM + 250, 120, 4])
  })

  it('6×2 and 12×1 hold every lead once; nothing lies outside', () => {
    for (const layout of LAYOUTS) {
      for (const speed of SPEEDS) {
        for (const gain of GAINS) {
          const made = sheet(twelve(10), { layout, speed, gain, from: 0 })
          expect(new Set(made.strips.map((strip) => strip.lead)).size).toBe(12)
          for (const strip of made.strips) {
            expect(strip.x + strip.seconds * speed).toBeLessThanOrEqual(made.width + 1e-9)
            expect(strip.y).toBeLessThan(made.height)
          }
        }
      }
    }
    expect(sheet(twelve(10), { ...paper, layout: '6x2' }).strips[6]).toMatchObject({ lead: 6, from: 5 })
    expect(sheet(twelve(10), { ...paper, layout: '12x1' }).strips[11]).toMatchObject({ lead: 11, from: 0, seconds: 10 })
  })

  it('a beat of 1.2 s begins anew in each piece, and is cut at its end', () => {
    const { strips } = sheet(twelve(1.2), paper)
    expect(strips.every((strip) => strip.from === 0)).toBe(true)
    expect(samplesOf(strips[0]!, 1000, 1200)).toEqual({ first: 0, last: 1200 })
    expect(samplesOf({ ...strips[0]!, from: 2.5 }, 1000, 10_000)).toEqual({ first: 2500, last: 5000 })
    expect(lastStart(twelve(1.2))).toBe(0)
    expect(lastStart(twelve(60))).toBe(50)
  })
})

describe('calipers', () => {
  it('say time, amplitude and rate: 20 mm at 25 mm/s are 800 ms, 75 a minute', () => {
    expect(interval({ x: 10, y: 30 }, { x: 30, y: 15 }, paper)).toEqual({ ms: 800, mv: 1.5, bpm: 75 })
    expect(interval({ x: 30, y: 15 }, { x: 10, y: 30 }, { speed: 50, gain: 20 })).toEqual({
      ms: 400,
      mv: 0.75,
      bpm: 150,
    })
    expect(interval({ x: 3, y: 1 }, { x: 3, y: 1 }, paper)).toEqual({ ms: 0, mv: 0, bpm: 0 })
  })

  it('measure the same whatever the screen: one mm is the same length on both axes', () => {
    expect(pixelsPerMm(1040, 260, 25)).toBe(4)
    expect(pixelsPerMm(1040, 520, 50)).toBe(4) // twice as wide, not half as high
    expect(pixelsPerMm(390, 260, 25)).toBe(2.4) // a phone scrolls
  })
})
