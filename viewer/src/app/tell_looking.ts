// What happens while looking together, in words for those who do not see it. Pure but for the language.
import { t } from '../i18n'
import { personName } from '../session/dicom_json'
import { personOf } from '../session/view'
import type { View } from '../session/view'
import type { LogEvent, ParticipantId, StudyShared } from '../session/wire.gen'

/** Null: about something else. Empty: nothing that needs saying. */
export function lookingWords(before: View, view: View, { body }: LogEvent): string | null {
  switch (body.type) {
    case 'lead_changed':
      return leads(view, body.holder)
    case 'lead_asked':
      return body.participant === view.me ? '' : t('tell.lead_asked', { name: nameOf(view, body.participant) })
    case 'study_shared':
      return shared(before, body)
    case 'study_withdrawn':
      return t('tell.study_withdrawn')
    case 'layout_changed':
    case 'view_changed':
    case 'series_shared':
    case 'study_confirmed':
    case 'showing_changed':
      return ''
    default:
      return null
  }
}

function leads(view: View, holder: number): string {
  if (holder === 0) return t('tell.lead_nobody')
  return holder === view.me ? t('tell.lead_me') : t('tell.lead_other', { name: nameOf(view, holder as ParticipantId) })
}

/** One that is in question says so by itself, in a dialog or a line. */
function shared(before: View, { study, patient, differs }: StudyShared): string {
  if (differs || before.state.looking.studies.some((one) => one.study === study)) return ''
  return t('tell.study_shared', { name: personName(patient.name) })
}

function nameOf(view: View, participant: ParticipantId): string {
  return personOf(view.state, participant)?.name ?? ''
}
