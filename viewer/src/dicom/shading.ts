// From a value of the picture to what the screen shows: modality table, window (PS3.3 C.11.2), inversion, colours. Both
// renderers use it: on the processor for each pixel, on GPU as the nodes of a transfer function. Pure.
import { lookup } from './luts'
import type { Table } from './luts'
import palettes from './palettes.json'
import type { Greys } from './view'

/** Below `lower` and above `upper` nothing changes any more. */
export interface Curve {
  readonly lower: number
  readonly upper: number
  /** 0…1. */
  at(value: number): number
}

/** From stored values to the modality's unit, and from there to greys, as one frame says it. `modality` takes the place
 * of slope and intercept; null: it has no such table. */
export interface Tables {
  readonly slope: number
  readonly intercept: number
  readonly modality: Table | null
  readonly voi: Table | null
}

/** 256 colours, each a pixel of an ImageData as its memory has it: bytes R, G, B, A. */
export type Colours = Uint32Array

const SIGMOID_ENDS = 2.5 // widths from the centre: 1 / (1 + e^10) is no grey of 256
const LITTLE = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** Over stored values: Cornerstone would round what a slope of fractions makes of them. */
export function curveOf(greys: Greys, tables: Tables): Curve {
  const { modality, voi, slope, intercept } = tables
  const window = greys.curve === 'table' && voi ? tableCurve(voi) : windowCurve(greys)
  if (!modality) {
    const ends = [window.lower, window.upper].map((one) => (one - intercept) / slope)
    return { lower: Math.min(...ends), upper: Math.max(...ends), at: (value) => window.at(value * slope + intercept) }
  }
  return {
    lower: modality.first,
    upper: modality.first + modality.entries.length - 1,
    at: (value) => window.at(lookup(modality, value)),
  }
}

function tableCurve(table: Table): Curve {
  return {
    lower: table.first,
    upper: table.first + table.entries.length - 1,
    at: (value) => lookup(table, value) / table.most,
  }
}

function windowCurve(greys: Greys): Curve {
  const { centre, width, curve } = greys
  if (curve === 'sigmoid') {
    const at = (value: number): number => 1 / (1 + Math.exp((-4 * (value - centre)) / width))
    return { lower: centre - SIGMOID_ENDS * width, upper: centre + SIGMOID_ENDS * width, at }
  }
  const { lower, upper } = rangeOf(greys)
  const at = (value: number): number => Math.max(0, Math.min(1, (value - lower) / (upper - lower)))
  return { lower, upper, at }
}

/** A window from one stored value to another, for a picture that says none. */
export function greysBetween(least: number, most: number, { slope, intercept, modality }: Tables): Greys {
  const [a, b] = [least, most].map((one) => (modality ? lookup(modality, one) : one * slope + intercept)) as [
    number,
    number,
  ]
  return {
    centre: (a + b) / 2,
    width: Math.max(1e-3, Math.abs(b - a)),
    curve: 'linear_exact',
    invert: false,
    map: 'grey',
  }
}

/** PS3.3 C.11.2.1.2.1 and C.11.2.1.3.2: what is black below and white above. */
export function rangeOf({ centre, width, curve }: Greys): { lower: number; upper: number } {
  if (curve === 'linear_exact') return { lower: centre - width / 2, upper: centre + width / 2 }
  const half = Math.max(width - 1, 1e-3) / 2
  return { lower: centre - 0.5 - half, upper: centre - 0.5 + half }
}

/** Of a grey of 256, inverted or not, what is shown for it. The palettes are DICOM's own (PS3.6 B.1). */
export function coloursOf(map: Greys['map'], invert: boolean): Colours {
  const palette = map === 'grey' ? null : bytesOf(palettes[map])
  return Uint32Array.from({ length: 256 }, (_, n) => {
    const level = invert ? 255 - n : n
    const [r, g, b] = palette ? palette.subarray(3 * level, 3 * level + 3) : [level, level, level]
    return pixel(r ?? 0, g ?? 0, b ?? 0)
  })
}

/** One of those colours as 0…1. */
export function parts(colour: number): [r: number, g: number, b: number] {
  const bytes = LITTLE ? [colour, colour >>> 8, colour >>> 16] : [colour >>> 24, colour >>> 16, colour >>> 8]
  return bytes.map((one) => (one & 255) / 255) as [number, number, number]
}

/** A whole picture into the memory of an ImageData of its size. */
export function shade(values: ArrayLike<number>, curve: Curve, colours: Colours, out: Uint32Array): void {
  const shown = (value: number): number => colours[Math.round(curve.at(value) * 255)] ?? 0
  const whole = WHOLE.find(({ of }) => values instanceof of)
  if (!whole) {
    for (let n = 0; n < out.length; n++) out[n] = shown(values[n] ?? 0)
    return
  }
  const { from, count } = whole
  const table = Uint32Array.from({ length: count }, (_, n) => shown(n + from))
  for (let n = 0; n < out.length; n++) out[n] = table[(values[n] ?? 0) - from] ?? 0
}

/** Of so few values that each is worked out once. */
const WHOLE = [
  { of: Int16Array, from: -32_768, count: 65_536 },
  { of: Uint16Array, from: 0, count: 65_536 },
  { of: Int8Array, from: -128, count: 256 },
  { of: Uint8Array, from: 0, count: 256 },
  { of: Uint8ClampedArray, from: 0, count: 256 },
] as const

function pixel(r: number, g: number, b: number): number {
  return (LITTLE ? (255 << 24) | (b << 16) | (g << 8) | r : (r << 24) | (g << 16) | (b << 8) | 255) >>> 0
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (one) => one.charCodeAt(0))
}
