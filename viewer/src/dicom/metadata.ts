// What a viewer must know of an instance, from its metadata in the DICOM JSON model (PS3.18 F.2). Whatever is missing or
// makes no sense is left out; nothing here throws. Pure.
import { items, text } from '../session/dicom_json'
import type { Dataset } from '../session/dicom_json'
import type { InstanceId, SeriesId, StudyId } from '../session/wire.gen'
import { MODALITY_LUTS, tableGreys, tableOf, VOI_LUTS } from './luts'
import type { Tables } from './shading'
import type { Geometry, Greys } from './view'

/** Where millimetres come from. `pixel`: in the patient (PS3.3 10.7.1.1). `detector`: at the detector, larger than in
 * the patient by an unknown magnification; `magnified`: that was known and is taken out. `none`: pixels. */
export type Calibration = 'pixel' | 'detector' | 'magnified' | 'none'

/** A part of an ultrasound picture with units of its own (PS3.3 C.8.5.5). Edges in px; `dx`, `dy`: units a px. */
export interface UsRegion {
  readonly x0: number
  readonly y0: number
  readonly x1: number
  readonly y1: number
  readonly unitX: UsUnit
  readonly unitY: UsUnit
  readonly dx: number
  readonly dy: number
}
export type UsUnit = 'cm' | 'second' | 'cm_per_s' | 'other'

export interface NamedGreys {
  readonly words: string
  readonly greys: Greys
}

/** A plane in the patient, or on its own where the instance names none: mm, LPS (PS3.3 C.7.6.2). */
export interface Plane {
  readonly origin: readonly number[]
  readonly row: readonly number[]
  readonly column: readonly number[]
}

export interface Instance {
  readonly study: StudyId
  readonly series: SeriesId
  readonly instance: InstanceId
  readonly sopClass: string
  readonly modality: string
  readonly number: number
  readonly frames: number
  readonly colour: boolean
  /** MONOCHROME1, or a presentation LUT shape INVERSE: the smallest value is white. */
  readonly inverse: boolean
  readonly tables: Tables
  readonly geometry: Geometry
  readonly calibration: Calibration
  readonly regions: readonly UsRegion[]
  readonly windows: readonly NamedGreys[]
  /** Frames a second, 0 = the instance does not say. */
  readonly rate: number
  readonly frameOfReference: string
  readonly dataset: Dataset
}

const US_UNITS: Readonly<Record<number, UsUnit>> = { 3: 'cm', 4: 'second', 7: 'cm_per_s' } // PS3.3 C.8.5.5.1.15
const FRAMES_MAX = 1_000_000 // as the wire has it

/** Null: not an instance with a picture in it. */
export function instanceOf(dataset: Dataset): Instance | null {
  const [rows, columns] = [numberAt(dataset, '00280010'), numberAt(dataset, '00280011')]
  const [study, series, instance] = [text(dataset, '0020000D'), text(dataset, '0020000E'), text(dataset, '00080018')]
  if (!rows || !columns || !study || !series || !instance) return null
  const photometric = text(dataset, '00280004')
  const { geometry, calibration } = geometryOf(dataset, 1, rows, columns)
  return {
    study: study as StudyId,
    series: series as SeriesId,
    instance: instance as InstanceId,
    sopClass: text(dataset, '00080016'),
    modality: text(dataset, '00080060'),
    number: numberAt(dataset, '00200013') ?? 0,
    frames: Math.max(1, Math.min(FRAMES_MAX, Math.trunc(numberAt(dataset, '00280008') ?? 1))),
    colour: (numberAt(dataset, '00280002') ?? 1) > 1 || photometric === 'PALETTE COLOR',
    inverse: isInverse(dataset),
    tables: tablesOf(dataset, 1),
    geometry,
    calibration,
    regions: items(dataset, '00186011').flatMap(regionOf),
    windows: windowsOf(dataset, 1),
    rate: rateOf(dataset),
    frameOfReference: text(dataset, '00200052'),
    dataset,
  }
}

/** The instance as one of its frames has it: an enhanced one may give each its own spacing, window and tables. */
export function ofFrame(one: Instance, frame: number): Instance {
  if (!one.dataset['52009230']) return one
  const { dataset, geometry } = one
  return {
    ...one,
    ...geometryOf(dataset, frame, geometry.rows, geometry.columns),
    tables: tablesOf(dataset, frame),
    windows: windowsOf(dataset, frame),
  }
}

/** Where one frame lies in the patient. */
export function planeOf(one: Instance, frame: number): Plane {
  const position = numbers(group(one.dataset, frame, '00209113'), '00200032')
  const orientation = numbers(group(one.dataset, frame, '00209116'), '00200037')
  const whole = orientation.length === 6 && independent(orientation)
  return {
    origin: position.length === 3 ? position : [0, 0, 0],
    row: whole ? orientation.slice(0, 3) : [1, 0, 0],
    column: whole ? orientation.slice(3) : [0, 1, 0],
  }
}

/** In the order in which everybody scrolls: by number, then by name. */
export function inOrder(instances: readonly Instance[]): Instance[] {
  return [...instances].sort((a, b) => a.number - b.number || (a.instance < b.instance ? -1 : 1))
}

// ---- geometry -------------------------------------------------------------------------------------------------------

type Scale = Pick<Instance, 'geometry' | 'calibration'>

function geometryOf(dataset: Dataset, frame: number, rows: number, columns: number): Scale {
  const found = (spacing: readonly number[], calibration: Calibration, by = 1): Scale => {
    const [sy, sx] = [(spacing[0] ?? 1) / by, (spacing[1] ?? 1) / by] // DICOM names the distance of rows first
    return { geometry: { columns, rows, sx, sy, unit: 'mm' }, calibration }
  }
  const pixel = spacingAt(group(dataset, frame, '00289110'), '00280030')
  if (pixel) return found(pixel, 'pixel')
  const detector = spacingAt(dataset, '00181164')
  const magnification = numberAt(dataset, '00181114') ?? 0
  if (detector && magnification > 1) return found(detector, 'magnified', magnification)
  if (detector) return found(detector, 'detector')
  const scanned = spacingAt(dataset, '00182010')
  if (scanned) return found(scanned, 'detector')
  const [vertical, horizontal] = spacingAt(dataset, '00280034') ?? [1, 1]
  const sy = (vertical ?? 1) / (horizontal ?? 1)
  return { geometry: { columns, rows, sx: 1, sy, unit: 'px' }, calibration: 'none' }
}

function spacingAt(dataset: Dataset, tag: string): readonly number[] | null {
  const found = numbers(dataset, tag)
  return found.length === 2 && found.every((one) => one > 0) ? found : null
}

function independent(o: readonly number[]): boolean {
  const [a, b, c, d, e, f] = o as [number, number, number, number, number, number]
  const lengths = Math.hypot(a, b, c) * Math.hypot(d, e, f)
  return lengths > 0.9 && Math.abs(a * d + b * e + c * f) < 0.01 * lengths
}

function regionOf(item: Dataset): UsRegion[] {
  const [x0, y0, x1, y1] = ['00186018', '0018601A', '0018601C', '0018601E'].map((tag) => numberAt(item, tag))
  const [dx, dy] = [numberAt(item, '0018602C'), numberAt(item, '0018602E')]
  if (x0 === undefined || y0 === undefined || x1 === undefined || y1 === undefined || !dx || !dy) return []
  const unit = (tag: string): UsUnit => US_UNITS[numberAt(item, tag) ?? 0] ?? 'other'
  return [{ x0, y0, x1, y1, unitX: unit('00186024'), unitY: unit('00186026'), dx: Math.abs(dx), dy: Math.abs(dy) }]
}

// ---- greys and time -------------------------------------------------------------------------------------------------

function isInverse(dataset: Dataset): boolean {
  return text(dataset, '00280004') === 'MONOCHROME1' || text(dataset, '20500020') === 'INVERSE'
}

/** Its windows, and after them its table: the first one counts where nobody has chosen. */
function windowsOf(dataset: Dataset, frame: number): NamedGreys[] {
  const from = group(dataset, frame, '00289132')
  const [centres, widths] = [numbers(from, '00281050'), numbers(from, '00281051')]
  const named = strings(from, '00281055')
  const curve = { LINEAR_EXACT: 'linear_exact', SIGMOID: 'sigmoid' } as const
  const kind = curve[text(from, '00281056') as keyof typeof curve] ?? 'linear'
  const windows = centres.flatMap((centre, n) => {
    const width = widths[n] ?? 0
    if (width <= 0) return []
    const greys: Greys = { centre, width, curve: kind, invert: false, map: 'grey' }
    return [{ words: named[n] ?? '', greys }]
  })
  const { voi } = tablesOf(dataset, frame)
  if (!voi) return windows
  return [...windows, { words: text(items(from, VOI_LUTS)[0] ?? {}, '00283003'), greys: tableGreys(voi) }]
}

function tablesOf(dataset: Dataset, frame: number): Tables {
  const [values, window] = [group(dataset, frame, '00289145'), group(dataset, frame, '00289132')]
  return {
    slope: numberAt(values, '00281053') || 1, // 0 would make one value of all
    intercept: numberAt(values, '00281052') ?? 0,
    modality: tableOf(items(values, MODALITY_LUTS)[0]),
    voi: tableOf(items(window, VOI_LUTS)[0]),
  }
}

/** PS3.3 C.7.6.5: what the maker recommends, else how it was taken. */
function rateOf(dataset: Dataset): number {
  const said = numberAt(dataset, '00082144') ?? numberAt(dataset, '00180040') ?? 0
  if (said > 0) return said
  const time = numberAt(dataset, '00181063') ?? mean(numbers(dataset, '00181065').slice(1))
  return time > 0 ? 1000 / time : 0
}

function mean(of: readonly number[]): number {
  return of.length === 0 ? 0 : of.reduce((sum, one) => sum + one, 0) / of.length
}

// ---- the DICOM JSON model -------------------------------------------------------------------------------------------

/** The attributes of a functional group (PS3.3 C.7.6.16): the frame's own, else the shared ones, else the instance. */
function group(dataset: Dataset, frame: number, tag: string): Dataset {
  const own = items(dataset, '52009230')[frame - 1]
  const shared = items(dataset, '52009229')[0]
  return (own && items(own, tag)[0]) ?? (shared && items(shared, tag)[0]) ?? dataset
}

function strings(dataset: Dataset, tag: string): string[] {
  return (dataset[tag]?.Value ?? []).map((one) => (typeof one === 'string' ? one.trim() : ''))
}

/** DS and IS may come as strings. */
function numbers(dataset: Dataset, tag: string): number[] {
  const found = (dataset[tag]?.Value ?? []).map((one) => (typeof one === 'string' ? parseFloat(one) : one))
  return found.every((one): one is number => typeof one === 'number' && Number.isFinite(one)) ? found : []
}

function numberAt(dataset: Dataset, tag: string): number | undefined {
  return numbers(dataset, tag)[0]
}
