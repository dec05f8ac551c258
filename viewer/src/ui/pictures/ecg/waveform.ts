// An ECG out of a DICOM waveform (PS3.3 C.10.9): what each lead measured, in mV over time. Pure.
import { items, meaning, number, text, TAG } from '../../../session/dicom_json'
import type { Dataset } from '../../../session/dicom_json'

const WAVEFORM_SEQUENCE = '54000100'
const WAVEFORM_DATA = '54001010'
const SAMPLE_INTERPRETATION = '54001006'
const ORIGINALITY = '003A0004'
const CHANNELS = '003A0005'
const SAMPLES = '003A0010'
const RATE = '003A001A'
const GROUP_LABEL = '003A0020'
const CHANNEL_DEFINITION = '003A0200'
const CHANNEL_LABEL = '003A0203'
const CHANNEL_SOURCE = '003A0208'
const SENSITIVITY = '003A0210'
const SENSITIVITY_UNITS = '003A0211'
const CORRECTION = '003A0212'
const BASELINE = '003A0213'
const ANNOTATIONS = '0040B020'
const UNFORMATTED_TEXT = '00700006'

const MAX_SAMPLES = 20_000_000 // 12 leads at 1000 Hz for 27 minutes; more is no 12-lead ECG
const MILLIVOLTS: Record<string, number> = { uV: 1e-3, µV: 1e-3, mV: 1, V: 1e3 }

export interface Lead {
  readonly name: string
  /** One value a sample. */
  readonly mv: Float32Array
}

/** One multiplex group. */
export interface Recording {
  readonly leads: readonly Lead[]
  readonly rateHz: number
  readonly seconds: number
  /** Made from others, like a median beat. */
  readonly derived: boolean
  readonly label: string
}

/** A group before its samples are there. `inline`: base64, `uri`: where the samples are. */
export interface Group {
  readonly dataset: Dataset
  readonly uri: string
  readonly inline: string
}

export function groupsOf(metadata: Dataset): Group[] {
  return items(metadata, WAVEFORM_SEQUENCE).map((dataset) => ({
    dataset,
    uri: dataset[WAVEFORM_DATA]?.BulkDataURI ?? '',
    inline: dataset[WAVEFORM_DATA]?.InlineBinary ?? '',
  }))
}

/** Null: not an ECG that can be drawn truly (an unknown sample type or unit, fewer samples than it says). */
export function recording({ dataset }: Group, data: ArrayBuffer): Recording | null {
  const channels = items(dataset, CHANNEL_DEFINITION)
  const count = number(dataset, CHANNELS, channels.length)
  const samples = number(dataset, SAMPLES)
  const rateHz = number(dataset, RATE)
  const read = reader(text(dataset, SAMPLE_INTERPRETATION), data)
  if (!read || rateHz <= 0 || samples <= 0 || count !== channels.length) return null
  if (count * samples > MAX_SAMPLES || read.count < count * samples) return null
  const leads: Lead[] = []
  for (const [index, channel] of channels.entries()) {
    const scale = MILLIVOLTS[unitOf(channel)]
    if (scale === undefined) return null
    leads.push({ name: leadName(channel, index), mv: values(channel, { read: read.at, index, count, samples, scale }) })
  }
  return {
    leads,
    rateHz,
    seconds: samples / rateHz,
    derived: text(dataset, ORIGINALITY) === 'DERIVED',
    label: text(dataset, GROUP_LABEL),
  }
}

interface Samples {
  read: (index: number) => number
  index: number
  count: number
  samples: number
  scale: number
}

/** Samples are multiplexed: all channels of one moment, then the next (C.10.9.1.7). Value = sample × sensitivity ×
 * correction + baseline, in the channel's unit (C.10.9.1.4). */
function values(channel: Dataset, { read, index, count, samples, scale }: Samples): Float32Array {
  const factor = number(channel, SENSITIVITY, 1) * number(channel, CORRECTION, 1) * scale
  const baseline = number(channel, BASELINE, 0) * scale
  return Float32Array.from({ length: samples }, (_, n) => read(n * count + index) * factor + baseline)
}

/** A microvolt is `uV` in UCUM. */
function unitOf(channel: Dataset): string {
  return text(items(channel, SENSITIVITY_UNITS)[0], TAG.CodeValue)
}

function reader(interpretation: string, data: ArrayBuffer): { at: (index: number) => number; count: number } | null {
  const view = new DataView(data)
  const bytes = data.byteLength
  switch (interpretation) {
    case 'SS':
      return { at: (n) => view.getInt16(2 * n, true), count: bytes >> 1 }
    case 'US':
      return { at: (n) => view.getUint16(2 * n, true), count: bytes >> 1 }
    case 'SB':
      return { at: (n) => view.getInt8(n), count: bytes }
    case 'UB':
      return { at: (n) => view.getUint8(n), count: bytes }
    case 'SL':
      return { at: (n) => view.getInt32(4 * n, true), count: bytes >> 2 }
    default:
      return null
  }
}

/** `Lead I (Einthoven)` is I, `Lead aVR` aVR: what stands beside a trace on paper. */
export function leadName(channel: Dataset, index: number): string {
  const long = meaning(channel, CHANNEL_SOURCE) || text(channel, CHANNEL_LABEL)
  const found = /\b(III|II|I|aVR|aVL|aVF|V[1-9]R?)\b/i.exec(long.replace(/^lead\s+/i, ''))
  if (!found?.[1]) return long || String(index + 1)
  const name = found[1]
  return /^av/i.test(name) ? `aV${name.slice(2).toUpperCase()}` : name.toUpperCase()
}

/** What the machine wrote of it, as free text. */
export function machineWords(metadata: Dataset): string[] {
  const found = items(metadata, ANNOTATIONS).map((item) => text(item, UNFORMATTED_TEXT).trim())
  return [...new Set(found.filter(Boolean))]
}

export function bytesOf(base64: string): ArrayBuffer {
  const binary = atob(base64)
  return Uint8Array.from(binary, (sign) => sign.charCodeAt(0)).buffer
}
