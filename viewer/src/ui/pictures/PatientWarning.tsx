// Pictures of somebody else, perhaps: nobody is shown them before somebody has answered. Both names side by side; the
// dialog goes away by an answer alone.
import * as dialog from '@zag-js/dialog'
import { normalizeProps, useMachine } from '@zag-js/preact'
import { useId } from 'preact/hooks'

import { confirmStudy } from '../../app/lead'
import { t } from '../../i18n'
import { dateWords } from '../../session/dicom_json'
import { answersFor, mayConfirm, mayWithdraw, unanswered } from '../../session/folder'
import type { View } from '../../session/view'
import type { SharedStudy } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Portal } from '../kit/Portal'
import { answering, takeOut } from './open'
import { patientName, sexWords, studyWords } from './words'

export function PatientWarning({ view }: { view: View }) {
  const open = unanswered(view.state.looking)
  const mine = open.find((study) => study.study === answering.value) ?? open.find((study) => answersFor(view, study))
  if (!mine || !(mayConfirm(view) || mayWithdraw(view, mine))) return null
  return <Question key={mine.study} study={mine} view={view} />
}

function Question({ study, view }: { study: SharedStudy; view: View }) {
  const service = useMachine(dialog.machine, {
    id: useId(),
    open: true,
    role: 'alertdialog',
    closeOnEscape: false,
    closeOnInteractOutside: false,
    initialFocusEl: () => document.querySelector<HTMLElement>('.patient-warning h2'), // no answer by a hasty Enter
  })
  const api = dialog.connect(service, normalizeProps)
  const answer = (act: () => Promise<unknown>): void => void act().finally(() => (answering.value = null))
  return (
    <Portal>
      <div {...api.getBackdropProps()} class="backdrop" />
      <div {...api.getPositionerProps()} class="dialog-place">
        <div {...api.getContentProps()} class="dialog patient-warning">
          <h2 {...api.getTitleProps()} tabIndex={-1}>
            {t('pictures.warning.title')}
          </h2>
          <p {...api.getDescriptionProps()}>{t('pictures.warning.help')}</p>
          <TwoPatients study={study} view={view} />
          <p class="quiet small">{studyWords(study)}</p>
          <div class="two-answers">
            {mayWithdraw(view, study) && (
              <Button tone="danger" size="large" onPress={() => answer(() => takeOut(study))}>
                {t('pictures.warning.wrong')}
              </Button>
            )}
            {mayConfirm(view) && (
              <Button size="large" onPress={() => answer(() => confirmStudy(study.study))}>
                {t('pictures.warning.same')}
              </Button>
            )}
          </div>
        </div>
      </div>
    </Portal>
  )
}

function TwoPatients({ study: { patient: theirs }, view }: { study: SharedStudy; view: View }) {
  const { patient } = view.state
  const { name = '', identifier = '', birth_year: year = 0, sex = '' } = patient ?? {}
  return (
    <dl class="two-patients">
      <Patient
        title={t('pictures.warning.consultation')}
        name={name}
        number={identifier}
        born={year > 0 ? String(year) : ''}
        sex={sex && t(`sex.${sex}`)}
      />
      <Patient
        title={t('pictures.warning.pictures')}
        name={patientName(theirs)}
        number={theirs.identifier}
        born={dateWords(theirs.birth_date)}
        sex={sexWords(theirs.sex)}
      />
    </dl>
  )
}

function Patient(props: { title: string; name: string; number: string; born: string; sex: string }) {
  const unknown = t('pictures.warning.unknown')
  return (
    <div>
      <dt>{props.title}</dt>
      <dd>
        <strong>{props.name || unknown}</strong>
        <span>{props.number ? t('pictures.study.id', { id: props.number }) : t('pictures.study.no_id')}</span>
        <span>{t('pictures.warning.born', { date: props.born || unknown })}</span>
        <span>{props.sex || unknown}</span>
      </dd>
    </div>
  )
}
