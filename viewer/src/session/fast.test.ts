// The fast lane's bytes against the vectors that Python wrote, and over seeded chance: both ways, and any bytes at all.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { chance } from '../dicom/chance.testing'
import { decodeFast, encodeFast, newer } from './fast'
import type { FastBody, FastHeader } from './fast'

interface Vector {
  kind: string
  header: FastHeader
  body: object
  hex: string
}
const GOLDEN = join(import.meta.dirname, '../../../tests/golden/fast.json')
const { messages } = JSON.parse(readFileSync(GOLDEN, 'utf8')) as { messages: Vector[] }
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const SEED = 20_261_125

function anyHeader(dice: () => number): FastHeader {
  const upTo = (most: number): number => Math.floor(dice() * (most + 1))
  return { lane: upTo(255), epoch: upTo(65_535), counter: upTo(0xffff_ffff), sender: upTo(65_535) }
}

function anyBody(dice: () => number): FastBody {
  const upTo = (most: number): number => Math.floor(dice() * (most + 1))
  const signed = (): number => upTo(0xffff_ffff) - 0x8000_0000
  const flag = (): boolean => dice() < 0.5
  const bodies: FastBody[] = [
    { kind: 'pointer', track: upTo(0xffff_ffff), x: upTo(65_535), y: upTo(65_535), shown: flag() },
    {
      kind: 'area',
      centre_x: signed(),
      centre_y: signed(),
      width: upTo(0xffff_ffff),
      height: upTo(0xffff_ffff),
      unit: upTo(255),
      rotation: upTo(65_535),
      flip_horizontal: flag(),
      flip_vertical: flag(),
    },
    { kind: 'voi', centre: signed(), width: upTo(0xffff_ffff), invert: flag() },
    { kind: 'image', instance: `1.2.${upTo(0xffff_ffff)}.${upTo(9)}`, frame: upTo(0xffff_ffff) },
  ]
  return bodies[upTo(bodies.length - 1)] as FastBody
}

describe('the fast lane', () => {
  it.each(messages)('writes and reads $kind as Python does', ({ kind, header, body, hex: bytes }) => {
    const message = { kind, ...body } as FastBody
    expect(decodeFast(unhex(bytes))).toEqual({ header, body: message })
    expect(hex(encodeFast(message, header))).toBe(bytes)
  })

  it('reads what it wrote', () => {
    const dice = chance(SEED)
    for (let n = 0; n < 2_000; n++) {
      const [body, header] = [anyBody(dice), anyHeader(dice)]
      expect(decodeFast(encodeFast(body, header)), `seed ${SEED}, message ${n}`).toEqual({ header, body })
    }
  })

  it('makes of any bytes a message or nothing', () => {
    const dice = chance(SEED)
    for (let n = 0; n < 5_000; n++) {
      const bytes = Uint8Array.from({ length: Math.floor(dice() * 90) }, () => Math.floor(dice() * 256))
      if (n % 2) bytes.set([1, 1 + Math.floor(dice() * 5)].slice(0, bytes.length))
      const message = decodeFast(bytes)
      if (message) expect(hex(encodeFast(message.body, message.header))).toBe(hex(bytes))
    }
  })

  it('takes no message that is cut, lengthened, of another version, or whose flag or UID is none', () => {
    for (const { hex: whole } of messages) {
      const bytes = unhex(whole)
      for (let cut = 1; cut <= bytes.length; cut++) expect(decodeFast(bytes.subarray(0, bytes.length - cut))).toBeNull()
      expect(decodeFast(Uint8Array.of(...bytes, 0))).toBeNull()
      expect(decodeFast(Uint8Array.of(2, ...bytes.subarray(1)))).toBeNull()
      expect(decodeFast(Uint8Array.of(1, 77, ...bytes.subarray(2)))).toBeNull()
    }
    const pointer = unhex(messages[0]!.hex)
    expect(decodeFast(Uint8Array.of(...pointer.subarray(0, -1), 2))).toBeNull()
    const image = unhex(messages.find(({ kind }) => kind === 'image')!.hex)
    for (const letter of '/0 a') {
      const wrong = image.slice()
      wrong.set([letter.charCodeAt(0), '1'.charCodeAt(0)], 11)
      expect(decodeFast(wrong)).toBeNull()
    }
  })

  it('knows the newer counter across the wrap', () => {
    const dice = chance(SEED)
    for (let n = 0; n < 2_000; n++) {
      const last = Math.floor(dice() * 0x1_0000_0000)
      const step = 1 + Math.floor(dice() * 0x7fff_fffe)
      const after = (last + step) % 0x1_0000_0000
      expect([newer(after, last), newer(last, after), newer(last, last)]).toEqual([true, false, false])
    }
  })
})
