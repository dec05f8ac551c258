// Whose consultation it is, large: who, from where, the question.
import { t } from '../../i18n'
import type { Patient, Urgency } from '../../session/wire.gen'
import { patientId, patientLine } from '../words'

interface PatientCardProps {
  patient: Patient
  reason: string
  urgency: Urgency
}

export function PatientCard({ patient, reason, urgency }: PatientCardProps) {
  return (
    <dl class="patient-card">
      <div>
        <dt>{t('incoming.patient')}</dt>
        <dd>
          <strong>{patientLine(patient)}</strong>
          <span class="quiet small">{patientId(patient)}</span>
        </dd>
      </div>
      <div>
        <dt>{t('incoming.question')}</dt>
        <dd>{reason}</dd>
      </div>
      <div>
        <dt>{t('lobby.urgency')}</dt>
        <dd>
          <UrgencyPill urgency={urgency} />
        </dd>
      </div>
    </dl>
  )
}

export function UrgencyPill({ urgency }: { urgency: Urgency }) {
  const tone = { routine: 'neutral', urgent: 'amber', emergency: 'danger' }[urgency]
  return <span class={`pill ${tone}`}>{t(`urgency.${urgency}`)}</span>
}
