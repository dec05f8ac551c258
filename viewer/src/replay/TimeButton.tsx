// A time code that leads there.
import { t } from '../i18n'
import type { Replay } from './replay'
import { code } from './words'

export function TimeButton({ replay, at }: { replay: Replay; at: number }) {
  return (
    <button
      type="button"
      class="replay-code figures"
      aria-label={t('replay.jump_to', { time: code(at) })}
      onClick={() => replay.jump(at)}
    >
      {code(at)}
    </button>
  )
}
