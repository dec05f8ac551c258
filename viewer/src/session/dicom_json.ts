// Reading the DICOM JSON model (PS3.18 F): what is not there, or is of another kind, is empty, never an exception. Pure.

export interface DicomElement {
  readonly vr?: string
  readonly Value?: readonly unknown[]
  readonly BulkDataURI?: string
  readonly InlineBinary?: string
}
export type Dataset = Readonly<Record<string, DicomElement>>

/** Tags by their keyword (PS3.6), as the pages need them. */
export const TAG = {
  SpecificCharacterSet: '00080005',
  SOPClassUID: '00080016',
  SOPInstanceUID: '00080018',
  StudyDate: '00080020',
  AccessionNumber: '00080050',
  Modality: '00080060',
  ModalitiesInStudy: '00080061',
  CodeValue: '00080100',
  CodeMeaning: '00080104',
  FailureReason: '00081197',
  FailedSOPSequence: '00081198',
  ReferencedSOPSequence: '00081199',
  OtherFailuresSequence: '0008119A',
  WarningReason: '00081196',
  ReferencedSOPClassUID: '00081150',
  ReferencedSOPInstanceUID: '00081155',
  StudyDescription: '00081030',
  PatientName: '00100010',
  PatientID: '00100020',
  PatientBirthDate: '00100030',
  PatientSex: '00100040',
  StudyInstanceUID: '0020000D',
  SeriesInstanceUID: '0020000E',
  InstanceNumber: '00200013',
  NumberOfStudyRelatedInstances: '00201208',
  NumberOfFrames: '00280008',
} as const

/** The first value as words; a person's name without its carets, in the writing that people here read. */
export function text(dataset: Dataset | undefined, tag: string): string {
  const value = dataset?.[tag]?.Value?.[0]
  if (typeof value === 'string') return value.trim() // some leave DICOM's padding in it (PS3.5 6.2)
  if (typeof value === 'number') return String(value)
  return nameIn(value)
}

export function texts(dataset: Dataset | undefined, tag: string): string[] {
  return (dataset?.[tag]?.Value ?? []).filter((value): value is string => typeof value === 'string')
}

/** The first value as a number; DS and IS may stand as text (PS3.18 F.2.3). */
export function number(dataset: Dataset | undefined, tag: string, otherwise = 0): number {
  const value = dataset?.[tag]?.Value?.[0]
  const found = typeof value === 'string' ? Number.parseFloat(value) : value
  return typeof found === 'number' && Number.isFinite(found) ? found : otherwise
}

export function items(dataset: Dataset | undefined, tag: string): Dataset[] {
  return (dataset?.[tag]?.Value ?? []).filter((value): value is Dataset => typeof value === 'object' && value !== null)
}

/** A code's meaning, else its value. */
export function meaning(dataset: Dataset | undefined, tag: string): string {
  const [code] = items(dataset, tag)
  return text(code, TAG.CodeMeaning) || text(code, TAG.CodeValue)
}

function nameIn(value: unknown): string {
  if (typeof value !== 'object' || value === null) return ''
  const { Ideographic, Alphabetic } = value as Record<string, unknown>
  const found = typeof Ideographic === 'string' && Ideographic ? Ideographic : Alphabetic
  return typeof found === 'string' ? personName(found) : ''
}

/** `Zhang^San=张^三` as people write it: the ideographic group where there is one (PS3.5 6.2.1.2). */
export function personName(pn: string): string {
  const [alphabetic = '', ideographic = ''] = pn.split('=')
  const group = ideographic.replaceAll('^', '') ? ideographic : alphabetic
  return group
    .split('^')
    .filter((part) => part.trim())
    .join(/\p{Script=Han}/u.test(group) ? '' : ' ') // many sites write Chinese into the first group
    .trim()
}

/** `20261125` as `2026-11-25`; anything else as it is. */
export function dateWords(da: string): string {
  const found = /^(\d{4})(\d{2})(\d{2})$/.exec(da)
  return found ? `${found[1]}-${found[2]}-${found[3]}` : da
}
