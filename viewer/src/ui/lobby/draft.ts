// The patient of a call being prepared: one of the list, or typed. Pure.
import { t } from '../../i18n'
import type { Patient, Sex } from '../../session/wire.gen'

export interface Draft {
  /** Index into the list; -1 = typed. */
  chosen: number
  name: string
  sex: Sex
  year: string
  identifier: string
}

export const EMPTY_DRAFT: Draft = { chosen: -1, name: '', sex: 'unknown', year: '', identifier: '' }

/** What is preset until somebody chooses: the first of the list. */
export function preset(draft: Draft, listed: readonly Patient[]): Draft {
  return draft === EMPTY_DRAFT && listed.length > 0 ? { ...draft, chosen: 0 } : draft
}

export function patientOf(draft: Draft, listed: readonly Patient[]): { patient: Patient } | { problem: string } {
  const known = listed[draft.chosen]
  if (known) return { patient: known }
  const name = draft.name.trim()
  if (!name) return { problem: t('patient.name_missing') }
  const year = draft.year.trim()
  if (year && !/^(18|19|20|21)\d\d$/.test(year)) return { problem: t('patient.year_wrong') }
  const { sex, identifier } = draft
  return { patient: { name, sex, birth_year: Number(year || 0), identifier: identifier.trim() } }
}
