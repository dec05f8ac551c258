// The words of this part, learnt when it is loaded, and how pictures are written.
import { known, learn, t } from '../../i18n'
import en from '../../locales/pictures/en.json'
import zh from '../../locales/pictures/zh-CN.json'
import { dateWords, personName } from '../../session/dicom_json'
import { HttpFailed } from '../../session/http'
import type { PicturePatient, SharedSeries, SharedStudy } from '../../session/wire.gen'
import { noticeWords } from '../words'

learn('pictures', { en, 'zh-CN': zh })

export function patientName(patient: PicturePatient): string {
  return personName(patient.name) || t('pictures.study.no_name')
}

export function patientNumber(patient: PicturePatient): string {
  return patient.identifier ? t('pictures.study.id', { id: patient.identifier }) : t('pictures.study.no_id')
}

/** description · date */
export function studyWords(study: SharedStudy): string {
  return [study.description || t('pictures.study.no_description'), dateWords(study.date)].filter(Boolean).join(' · ')
}

export function seriesWords(series: SharedSeries): string {
  return series.description || t('pictures.series.number', { number: series.number })
}

export function sexWords(sex: string): string {
  const key = { F: 'sex.female', M: 'sex.male', O: 'sex.other' }[sex]
  return key ? t(key) : ''
}

export function bytesWords(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`
}

/** What is in the way, in words that say what to do. */
export function whyNot(error: unknown): string {
  return codeWords(error instanceof HttpFailed ? error.code : 'internal')
}

export function codeWords(code: string): string {
  return known(`pictures.fault.${code}`) ? t(`pictures.fault.${code}`) : noticeWords(`error.${code}`)
}
