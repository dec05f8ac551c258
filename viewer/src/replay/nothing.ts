// Why a live picture is not shown at this moment, in words; '' where it is.
import { t } from '../i18n'
import type { Shown } from '../session/view'
import type { Replay } from './replay'
import { gapAt, isEmpty } from './runs'
import type { Run } from './wire'
import { code, gapWords } from './words'

export function whyNothing(replay: Replay, { track, owner }: Shown, run: Run | null): string {
  const t_now = replay.t.value
  const gap = gapAt(replay.opened.gaps.filter(isEmpty), t_now)
  if (gap) return t('replay.not_recorded_why', { why: gapWords(gap.reason), until: code(gap.t_to) })
  if (replay.state.value.recording.status !== 'on') return t('replay.not_recorded')
  const { name } = owner.person
  if (!owner.connected) return t('call.away', { name })
  if (track.purpose === 'face' && !owner.camera) return t('call.camera_off', { name })
  return run ? '' : t('replay.no_run')
}
