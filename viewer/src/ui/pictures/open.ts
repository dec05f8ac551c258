// Opening a series: for all where I lead, else as a question. And which of my dialogs is open.
import { effect, signal } from '@preact/signals'

import { withdrawStudy } from '../../app/lead'
import { datasets, folderOf } from '../../session/dicomweb'
import { TAG, text } from '../../session/dicom_json'
import * as store from '../../session/store'
import type { InstanceId, Picture, SeriesId, SharedSeries, SharedStudy, StudyId } from '../../session/wire.gen'

/** The search in my clinic's pictures is open. */
export const searching = signal(false)
/** The question about this study's patient was asked for by hand. */
export const answering = signal<StudyId | null>(null)
/** The viewport that a press on a series fills, and that the tools act on. */
export const active = signal(0)
/** What was pressed by somebody who does not lead: for all, or for me alone? */
export const choosing = signal<{ study: SharedStudy; series: SharedSeries } | null>(null)

const UNDO_MS = 12_000
/** Taken out by me a moment ago: may be brought back. */
export const takenOut = signal<SharedStudy | null>(null)
let forget: ReturnType<typeof setTimeout> | undefined

export async function takeOut(study: SharedStudy): Promise<void> {
  if (!(await withdrawStudy(study.study))) return
  clearTimeout(forget)
  takenOut.value = study
  forget = setTimeout(() => (takenOut.value = null), UNDO_MS)
}

/** The next consultation begins with nothing open. */
export function resetOpen(): void {
  searching.value = false
  active.value = 0
  answering.value = choosing.value = takenOut.value = null
  known.clear()
}

const known = new Map<string, Promise<InstanceId>>()

/** The n-th instance of a series (from 0) in its own order: asked once, and anew after a failure. */
export function instanceAt(consultation: string, study: StudyId, series: SeriesId, n: number): Promise<InstanceId> {
  const key = `${consultation} ${series} ${n}`
  const asked = known.get(key) ?? ask(consultation, study, series, n)
  known.set(key, asked)
  asked.catch(() => known.delete(key))
  return asked
}

async function ask(consultation: string, study: StudyId, series: SeriesId, n: number): Promise<InstanceId> {
  const url = `${folderOf(consultation)}/studies/${study}/series/${series}/instances?limit=1&offset=${n}`
  const [found] = await datasets(url)
  const instance = text(found, TAG.SOPInstanceUID)
  if (!instance) throw new Error('no such instance')
  return instance as InstanceId
}

export async function firstOf(consultation: string, study: StudyId, series: SeriesId): Promise<Picture> {
  return { study, series, instance: await instanceAt(consultation, study, series, 0), frame: 1 }
}

effect(() => {
  if (!store.view.value) resetOpen()
})
