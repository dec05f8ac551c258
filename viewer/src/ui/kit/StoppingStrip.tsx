// The server restarts soon: what happens then, and how many seconds it is. Not announced by itself: the words change
// every second; app/start.ts says them once.
import { t } from '../../i18n'
import * as store from '../../session/store'
import { useNow } from './clock'
import { Strip } from './Strip'

export function StoppingStrip({ where }: { where: 'strip' | 'lobby' }) {
  const until = store.stopping.value?.untilMs
  return until === undefined ? null : <Countdown where={where} untilMs={until} />
}

function Countdown({ where, untilMs }: { where: 'strip' | 'lobby'; untilMs: number }) {
  const seconds = Math.max(0, Math.round((untilMs - useNow()) / 1000))
  return <Strip tone="warn" words={t(`${where}.stopping`, { seconds })} code="stopping" quiet />
}
