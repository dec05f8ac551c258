// Exports of a consultation that is over: asked of the server, made there one at a time, fetched when ready
// (sefaw_rtc/service/exports.py).
import { ask } from './http'
import * as store from './store'
import type { ConsultationId } from './wire.gen'

export const EXPORT_KINDS = ['bundle', 'side_by_side', 'teaching'] as const
export type ExportKind = (typeof EXPORT_KINDS)[number]

export const EXPORT_FAULTS = [
  'not_sealed',
  'erased',
  'wrong_key',
  'damaged',
  'storage_full',
  'nothing',
  'not_agreed',
  'pictures',
  'elsewhere',
  'failed',
] as const

/** `done` of `of`: how far it is. `before`: how many wait in front of it. `size` in bytes, `kept_s`: how long the file stays. */
export interface ExportJob {
  job: string
  consultation: ConsultationId
  what: ExportKind
  state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'
  done: number
  of: number
  step: string
  before: number
  fault: string
  name: string
  size: number
  kept_s: number
}

export interface ExportWish {
  what: ExportKind
  side_by_side: boolean
  only_sealed: boolean
  voice: boolean
  language: string
}

/** Raises HttpFailed, as the others do. */
export async function beginExport(consultation: ConsultationId, wish: ExportWish): Promise<ExportJob> {
  return (await ask('POST', path(consultation), wish, store.csrf.value)) as ExportJob
}

export async function exportProgress(job: ExportJob): Promise<ExportJob> {
  return (await ask('GET', `${path(job.consultation)}/${job.job}`)) as ExportJob
}

export async function cancelExport(job: ExportJob): Promise<void> {
  await ask('DELETE', `${path(job.consultation)}/${job.job}`, undefined, store.csrf.value)
}

export function exportFile(job: ExportJob): string {
  return `${path(job.consultation)}/${job.job}/file`
}

function path(consultation: ConsultationId): string {
  return `/api/consultations/${consultation}/exports`
}
