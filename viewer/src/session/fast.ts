// The fast lane's bytes: the twin of signalling/fast.py; tests/golden/fast.json holds them together. A fixed header,
// then a body by kind; big-endian, fixed point. Total: what is no message of this version decodes to null.

export const FAST_VERSION = 1
const HEADER_BYTES = 11
const UID_BYTES = 64
const UID = /^(?=[0-9.]{1,64}$)(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*$/

/** `lane`: the viewport; `epoch`: of the lead it belongs to, 0 = none; `counter`: the sender's own, 32 bits, wraps;
 * `sender`: a participant, filled in by whoever relays it. */
export interface FastHeader {
  readonly lane: number
  readonly epoch: number
  readonly counter: number
  readonly sender: number
}

/** Where somebody points: on live picture `track`, or (0) on the shared picture of viewport `lane`. `x`, `y`: 1/65535 of
 * the picture's width and height. */
export interface FastPointer {
  readonly kind: 'pointer'
  readonly track: number
  readonly x: number
  readonly y: number
  readonly shown: boolean
}

/** `Area` of the wire while it is dragged; `unit`: 0 = mm, 1 = px. */
export interface FastArea {
  readonly kind: 'area'
  readonly centre_x: number
  readonly centre_y: number
  readonly width: number
  readonly height: number
  readonly unit: number
  readonly rotation: number
  readonly flip_horizontal: boolean
  readonly flip_vertical: boolean
}

/** `Voi` of the wire while it is dragged: function and colour map do not change meanwhile. */
export interface FastVoi {
  readonly kind: 'voi'
  readonly centre: number
  readonly width: number
  readonly invert: boolean
}

/** Another picture of the series that the viewport shows. */
export interface FastImage {
  readonly kind: 'image'
  readonly instance: string
  readonly frame: number
}

export type FastBody = FastPointer | FastArea | FastVoi | FastImage
export type FastKind = FastBody['kind']

type Code = 'u8' | 'u16' | 'u32' | 'i32' | 'flag' | 'uid'
type Fields = readonly (readonly [string, Code])[]
type Values = Record<string, number | boolean | string>

const NUMBERS: Record<FastKind, number> = { pointer: 1, area: 2, voi: 3, image: 4 }
const FIELDS: Record<FastKind, Fields> = {
  pointer: [
    ['track', 'u32'],
    ['x', 'u16'],
    ['y', 'u16'],
    ['shown', 'flag'],
  ],
  area: [
    ['centre_x', 'i32'],
    ['centre_y', 'i32'],
    ['width', 'u32'],
    ['height', 'u32'],
    ['unit', 'u8'],
    ['rotation', 'u16'],
    ['flip_horizontal', 'flag'],
    ['flip_vertical', 'flag'],
  ],
  voi: [
    ['centre', 'i32'],
    ['width', 'u32'],
    ['invert', 'flag'],
  ],
  image: [
    ['instance', 'uid'],
    ['frame', 'u32'],
  ],
}
const SIZES: Record<Code, number> = { u8: 1, u16: 2, u32: 4, i32: 4, flag: 1, uid: UID_BYTES }

/** The bytes of a message. Numbers must fit their fields: the wire's own bounds are narrower. */
export function encodeFast(body: FastBody, header: FastHeader): Uint8Array<ArrayBuffer> {
  const fields = FIELDS[body.kind]
  const bytes = new Uint8Array(HEADER_BYTES + sizeOf(fields))
  const data = new DataView(bytes.buffer)
  data.setUint8(0, FAST_VERSION)
  data.setUint8(1, NUMBERS[body.kind])
  data.setUint8(2, header.lane)
  data.setUint16(3, header.epoch)
  data.setUint32(5, header.counter)
  data.setUint16(9, header.sender)
  const values = body as unknown as Values
  let offset = HEADER_BYTES
  for (const [name, code] of fields) {
    write(data, offset, code, values[name] ?? 0)
    offset += SIZES[code]
  }
  return bytes
}

/** The message in these bytes, or null: another version or kind, another length, a flag or UID that is none. */
export function decodeFast(bytes: Uint8Array): { header: FastHeader; body: FastBody } | null {
  if (bytes.length < HEADER_BYTES) return null
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const kind = kindOf(data.getUint8(1))
  if (data.getUint8(0) !== FAST_VERSION || kind === undefined) return null
  const fields = FIELDS[kind]
  if (bytes.length !== HEADER_BYTES + sizeOf(fields)) return null
  const header = {
    lane: data.getUint8(2),
    epoch: data.getUint16(3),
    counter: data.getUint32(5),
    sender: data.getUint16(9),
  }
  const values: Values = { kind }
  let offset = HEADER_BYTES
  for (const [name, code] of fields) {
    const value = read(data, offset, code)
    if (value === null) return null
    values[name] = value
    offset += SIZES[code]
  }
  return { header, body: values as unknown as FastBody }
}

/** Whether `counter` comes after `last` on the 32-bit circle (RFC 1982). */
export function newer(counter: number, last: number): boolean {
  return counter !== last && (counter - last) >>> 0 < 0x8000_0000
}

function kindOf(number: number): FastKind | undefined {
  return (Object.keys(NUMBERS) as FastKind[]).find((kind) => NUMBERS[kind] === number)
}

function sizeOf(fields: Fields): number {
  return fields.reduce((sum, [, code]) => sum + SIZES[code], 0)
}

function write(data: DataView, offset: number, code: Code, value: number | boolean | string): void {
  switch (code) {
    case 'u8':
    case 'flag':
      return data.setUint8(offset, Number(value))
    case 'u16':
      return data.setUint16(offset, Number(value))
    case 'u32':
      return data.setUint32(offset, Number(value))
    case 'i32':
      return data.setInt32(offset, Number(value))
    case 'uid':
      for (let n = 0; n < UID_BYTES; n++) data.setUint8(offset + n, String(value).charCodeAt(n) || 0)
  }
}

/** Null: a flag is neither 0 nor 1, or a UID is none. */
function read(data: DataView, offset: number, code: Code): number | boolean | string | null {
  switch (code) {
    case 'u8':
      return data.getUint8(offset)
    case 'u16':
      return data.getUint16(offset)
    case 'u32':
      return data.getUint32(offset)
    case 'i32':
      return data.getInt32(offset)
    case 'flag':
      return data.getUint8(offset) > 1 ? null : data.getUint8(offset) === 1
    case 'uid':
      return uid(data, offset)
  }
}

function uid(data: DataView, offset: number): string | null {
  const codes = Array.from({ length: UID_BYTES }, (_, n) => data.getUint8(offset + n))
  while (codes.at(-1) === 0) codes.pop()
  const text = String.fromCharCode(...codes)
  return UID.test(text) ? text : null
}
