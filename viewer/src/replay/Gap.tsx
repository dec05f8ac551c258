// What is amiss with the recording at this moment, in words, where one looks: nothing was recorded, some of it is missing, the
// network was in trouble. With a way out of what is empty.
import { useComputed } from '@preact/signals'

import { t } from '../i18n'
import { Button } from '../ui/kit/Button'
import { Strip } from '../ui/kit/Strip'
import { lasting } from './moments'
import type { Replay } from './replay'
import { gapAt, isEmpty } from './runs'
import type { Marker, Opened } from './wire'
import { code, gapWords, kindWords, markerWords } from './words'

/** `below`: not over what is on the stage. */
export function Gap({ replay, below }: { replay: Replay; below: boolean }) {
  const gap = useComputed(() => gapAt(replay.opened.gaps.filter(isEmpty), replay.t.value)).value
  const key = useComputed(() =>
    troubles(replay)
      .map(({ kind, t: from }) => `${kind} ${from}`)
      .join(),
  ).value
  const place = below ? 'replay-strips below' : 'replay-strips'
  if (gap) {
    const words = t('replay.gap', { from: code(gap.t_from), to: code(gap.t_to), why: gapWords(gap.reason) })
    return (
      <div class={place}>
        <Strip tone="warn" words={words}>
          <Button onPress={() => replay.jump(gap.t_to)}>{t('replay.skip', { to: code(gap.t_to) })}</Button>
        </Strip>
      </div>
    )
  }
  if (!key) return null
  return (
    <div class={place}>
      {troubles(replay).map((one) => (
        <Strip key={`${one.kind} ${one.t}`} tone="info" words={spanWords(one, replay.opened)} />
      ))}
    </div>
  )
}

/** Damage of one picture is said on that picture. */
function troubles(replay: Replay): Marker[] {
  return lasting(replay.markers.value ?? [], replay.t.value).filter(({ kind }) => kind !== 'damaged')
}

function spanWords(marker: Marker, opened: Opened): string {
  const what = [kindWords(marker.kind), markerWords(marker, opened)].filter(Boolean).join(' · ')
  return t('replay.span', { what, from: code(marker.t), to: code(marker.t_to) })
}
