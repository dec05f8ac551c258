// Above the stage while there are pictures: who leads, whose pictures are in question, and the dialogs about both.
import { t } from '../../i18n'
import { mayConfirm, mayWithdraw, unanswered } from '../../session/folder'
import type { View } from '../../session/view'
import { Button } from '../kit/Button'
import { Strip } from '../kit/Strip'
import { ChooseDialog } from './ChooseDialog'
import { LeadBar } from './LeadBar'
import { answering } from './open'
import { PatientWarning } from './PatientWarning'
import './pictures.css'
import { patientName } from './words'

export function PicturesTop({ view }: { view: View }) {
  return (
    <>
      <InQuestion view={view} />
      <LeadBar view={view} />
      <ChooseDialog view={view} />
      <PatientWarning view={view} />
    </>
  )
}

/** Seen by everybody, also by those who may not answer. */
function InQuestion({ view }: { view: View }) {
  const [study] = unanswered(view.state.looking)
  if (!study) return null
  const may = mayConfirm(view) || mayWithdraw(view, study)
  return (
    <div class="strips">
      <Strip tone="warn" words={t('pictures.warning.state', { name: patientName(study.patient) })}>
        {may && <Button onPress={() => (answering.value = study.study)}>{t('pictures.warning.answer')}</Button>}
      </Strip>
    </div>
  )
}
