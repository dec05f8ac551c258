// Lookup tables of an instance (PS3.3 C.11.1, C.11.2): what its maker wrote down instead of a formula. Pure.
import type { DicomElement, Dataset } from '../session/dicom_json'
import type { Greys } from './view'

/** Input values from `first` on; what lies outside is the nearest entry. `most`: the largest value an entry can have. */
export interface Table {
  readonly first: number
  readonly entries: ArrayLike<number>
  readonly most: number
}

export const MODALITY_LUTS = '00283000'
export const VOI_LUTS = '00283010'
export const LUT_DATA = '00283006'
const DESCRIPTOR = '00283002'
const ENTRIES_MOST = 65_536

/** Null: there is none, or not the whole of it. */
export function tableOf(item: Dataset | undefined): Table | null {
  const described = item && descriptorOf(item)
  if (!described) return null
  const { length, first, bits } = described
  const entries = entriesOf(item[LUT_DATA], length)
  return entries && { first, entries, most: Math.pow(2, bits) - 1 }
}

function descriptorOf(item: Dataset): { length: number; first: number; bits: number } | null {
  const found = (item[DESCRIPTOR]?.Value ?? []).map(Number)
  if (found.length !== 3 || !found.every(Number.isInteger)) return null
  const [count, first, bits] = found as [number, number, number]
  const length = count === 0 ? ENTRIES_MOST : count
  return length > 0 && length <= ENTRIES_MOST && bits >= 8 && bits <= 16 ? { length, first, bits } : null
}

export function lookup({ first, entries }: Table, value: number): number {
  const at = Math.max(0, Math.min(entries.length - 1, Math.round(value) - first))
  return entries[at] ?? 0
}

/** The table as greys: its domain as a window, for the words and for who has no such table. */
export function tableGreys({ first, entries }: Table): Greys {
  const width = entries.length
  return { centre: first + width / 2, width, curve: 'table', invert: false, map: 'grey' }
}

/** The instance's tables whose entries are elsewhere: sequence, its first item, and where. */
export function bulkTables(set: Dataset): (readonly [sequence: string, item: Dataset, uri: string])[] {
  return [MODALITY_LUTS, VOI_LUTS].flatMap((sequence) => {
    const item = set[sequence]?.Value?.[0] as Dataset | undefined
    const uri = item?.[LUT_DATA]?.BulkDataURI
    return item && uri ? [[sequence, item, uri] as const] : []
  })
}

/** As numbers, as words of 16 bits, or as bytes, two entries a word (C.11.1.1.1). Little endian, as all of JSON. */
function entriesOf(data: DicomElement | undefined, length: number): ArrayLike<number> | null {
  if (data?.Value?.length === length) return data.Value.map(Number)
  if (!data?.InlineBinary) return null
  const bytes = Uint8Array.from(atob(data.InlineBinary), (one) => one.charCodeAt(0))
  if (bytes.length === length || bytes.length === length + (length % 2)) return bytes.subarray(0, length)
  if (bytes.length !== 2 * length) return null
  const view = new DataView(bytes.buffer)
  return Uint16Array.from({ length }, (_, at) => view.getUint16(2 * at, true))
}
