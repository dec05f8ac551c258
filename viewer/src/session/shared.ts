// The patient folder of a consultation, as the server folds it from the log (recordings/folder.py).
import { ask } from './http'
import type {
  ConsultationId,
  Person,
  Picture,
  PicturePatient,
  PictureSource,
  Purpose,
  SharedSeries,
  StudyId,
} from './wire.gen'

export interface FolderStill {
  picture: Picture
  t: number
  by: Person | null
  purpose: Purpose | null
  as_transmitted: boolean
}

/** Times are µs since the request, -1 = never. `by` null: a device, or the server itself. */
export interface FolderStudy {
  study: StudyId
  source: PictureSource
  patient: PicturePatient
  description: string
  date: string
  t: number
  by: Person | null
  differs: boolean
  confirmed_t: number
  confirmed_by: Person | null
  withdrawn_t: number
  withdrawn_by: Person | null
  series: readonly SharedSeries[]
  stills: readonly FolderStill[]
}

export interface Folder {
  /** Unix ms */
  started_at: number
  studies: readonly FolderStudy[]
}

export async function folder(consultation: ConsultationId): Promise<Folder> {
  return (await ask('GET', `/api/consultations/${consultation}/folder`)) as Folder
}

export function exportPath(consultation: ConsultationId): string {
  return `/api/consultations/${consultation}/dicom-export`
}
