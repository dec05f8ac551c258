// Whether this is recorded, in every layout; pressed, it says on whose word, and lets it be begun, paused or ended.
import { CircleDot, CirclePause, CircleSlash, TriangleAlert } from 'lucide'
import type { IconNode } from 'lucide'

import { t } from '../../i18n'
import type { Recording } from '../../session/wire.gen'
import { Icon } from '../kit/Icon'
import { dialog } from './panel'

type Mark = 'on' | 'trouble' | 'paused' | 'off'

const ICONS: Record<Mark, IconNode> = { on: CircleDot, trouble: TriangleAlert, paused: CirclePause, off: CircleSlash }

export function markOf({ status, trouble }: Recording): Mark {
  return status === 'on' && trouble ? 'trouble' : status
}

export function RecordingMark({ recording }: { recording: Recording }) {
  const mark = markOf(recording)
  return (
    <button type="button" class={`recording-mark ${mark}`} onClick={() => (dialog.value = 'recording')}>
      <Icon of={ICONS[mark]} size={16} />
      <span>{t(`call.recorded.${mark}`)}</span>
    </button>
  )
}
