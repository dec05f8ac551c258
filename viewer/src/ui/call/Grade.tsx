// A quality word with its icon: never colour alone.
import { Signal, SignalHigh, SignalLow, SignalMedium } from 'lucide'

import { t } from '../../i18n'
import type { Grade } from '../../session/quality'
import { Icon } from '../kit/Icon'

const ICONS = { good: Signal, fair: SignalMedium, poor: SignalLow, unknown: SignalHigh }

export function GradeIcon({ grade, size = 20 }: { grade: Grade; size?: number }) {
  return (
    <span class={`grade ${grade}`}>
      <Icon of={ICONS[grade]} size={size} />
    </span>
  )
}

export function GradeWord({ direction, grade }: { direction: 'up' | 'down'; grade: Grade }) {
  return (
    <span class="grade-word">
      <GradeIcon grade={grade} size={16} />
      <span class="quiet">{t(`people.${direction}`)}</span>
      <span>{t(`quality.${grade}`)}</span>
    </span>
  )
}
