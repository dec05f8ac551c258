// The patient is always named; beside it whether it is recorded, how my line is, how long it lasts.
import { Clock, Mic, MicOff, Video, VideoOff } from 'lucide'
import type { IconNode } from 'lucide'

import { sending } from '../../app/devices'
import { t } from '../../i18n'
import { down, up, worst } from '../../session/quality'
import type { View } from '../../session/view'
import { useNow } from '../kit/clock'
import { Icon } from '../kit/Icon'
import { LanguageSwitch } from '../kit/LanguageSwitch'
import { UrgencyPill } from '../ringing/PatientCard'
import { age, duration, patientId } from '../words'
import { GradeIcon } from './Grade'
import { RecordingMark } from './RecordingMark'

export function Banner({ view }: { view: View }) {
  const { patient, requester, reason, urgency } = view.state
  const mine = view.quality.get(view.me)
  const grade = worst(up(mine), down(mine))
  return (
    <header class="banner">
      <h1 class="spoken">{t('call.page')}</h1>
      <div class="banner-patient">
        {patient && (
          <p>
            <strong>{patient.name}</strong>
            <span>{t(`sex.${patient.sex}`)}</span>
            <span>{age(patient.birth_year)}</span>
            <span>{patientId(patient)}</span>
            <span class="wide-only">{requester?.site}</span>
            {urgency !== 'routine' && <UrgencyPill urgency={urgency} />}
          </p>
        )}
        <p class="quiet small one-line wide-only">{reason}</p>
      </div>
      <ul class="banner-state">
        <li>
          <DeviceMark device="microphone" icons={[MicOff, Mic]} />
        </li>
        <li>
          <DeviceMark device="camera" icons={[VideoOff, Video]} />
        </li>
        <li>
          <RecordingMark recording={view.state.recording} />
        </li>
        <li>
          <GradeIcon grade={grade} size={16} />
          <span>{t('quality.mine', { grade: t(`quality.${grade}`) })}</span>
        </li>
        <li>
          <Icon of={Clock} size={16} />
          <Elapsed sinceMs={view.zeroMs + Math.max(0, view.state.opened_t) / 1000} />
        </li>
      </ul>
      <span class="wide-only">
        <LanguageSwitch />
      </span>
    </header>
  )
}

function Elapsed({ sinceMs }: { sinceMs: number }) {
  const now = useNow()
  return (
    <span class="figures" role="timer" aria-label={t('call.duration')}>
      {duration((now - sinceMs) / 1000)}
    </span>
  )
}

/** In every layout, also where the bar fades away: whether I am heard and seen. */
function DeviceMark({ device, icons }: { device: 'microphone' | 'camera'; icons: [IconNode, IconNode] }) {
  const on = sending.value[device]
  const state = t(on ? 'call.on' : 'call.off')
  return (
    <span class={`device-mark ${on ? 'mark-on' : 'mark-off'}`} title={`${t(`call.${device}`)}: ${state}`}>
      <Icon of={icons[on ? 1 : 0]} size={16} />
      <span class="spoken">{`${t(`call.${device}`)}: `}</span>
      <span class={on ? 'wide-only' : ''}>{state}</span>
    </span>
  )
}
