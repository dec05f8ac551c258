// What viewports say in words: measures, windows, scale. Their words come with them.
import { learn, t } from '../../i18n'
import en from '../../locales/viewport/en.json'
import zh from '../../locales/viewport/zh-CN.json'
import type { Calibration, Instance } from '../../dicom/metadata'
import type { Mark, Measure } from '../../session/wire.gen'

learn('viewport', { en, 'zh-CN': zh })

const PLACES: Record<Measure['unit'], number> = { mm: 1, mm2: 0, px: 0, px2: 0, degree: 1, second: 2, cm_per_s: 0 }

export function measureWords({ value, unit }: Measure): string {
  return t(`viewport.measure.${unit}`, { value: (value / 1000).toFixed(PLACES[unit]) })
}

export function markWords({ text, measure }: Pick<Mark, 'text' | 'measure'>): string {
  return measure ? measureWords(measure) : text
}

const SCALES: Record<Calibration, string> = { pixel: '', magnified: '', detector: 'detector', none: 'uncalibrated' }

/** Where lengths do not mean what one would think; empty = they do. */
export function scaleWords({ calibration, regions }: Instance): string {
  const key = regions.length > 0 ? 'by_region' : SCALES[calibration]
  return key && t(`viewport.${key}`)
}
