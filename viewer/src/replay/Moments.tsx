// Everything that has a mark on the timeline, as a list: to be narrowed to one kind, each leads to its moment.
import { useComputed } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'

import { t } from '../i18n'
import type { View } from '../session/view'
import { Icon } from '../ui/kit/Icon'
import { KINDS } from './moments'
import type { Replay } from './replay'
import { signOf } from './signs'
import type { Marker } from './wire'
import { code, kindWords, markerWords } from './words'

export function Moments({ replay }: { replay: Replay; view: View }) {
  const [kind, setKind] = useState('')
  const markers = replay.markers.value
  const now = useComputed(() => (replay.markers.value ?? []).findLastIndex((one) => one.t <= replay.t.value)).value
  if (!markers) return <p class="quiet">{t('loading.title')}</p>
  const kinds = KINDS.filter((one) => markers.some((marker) => marker.kind === one))
  return (
    <div class="replay-moments">
      <label class="field">
        <span>{t('replay.show_kind')}</span>
        <select value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
          <option value="">{t('replay.all_kinds')}</option>
          {kinds.map((one) => (
            <option key={one} value={one}>
              {kindWords(one)}
            </option>
          ))}
        </select>
      </label>
      {markers.length === 0 && <p class="quiet">{t('replay.no_moments')}</p>}
      <ol class="replay-list">
        {markers.map((one, n) =>
          kind && one.kind !== kind ? null : <Moment key={n} replay={replay} marker={one} current={n === now} />,
        )}
      </ol>
    </div>
  )
}

interface MomentProps {
  replay: Replay
  marker: Marker
  current: boolean
}

function Moment({ replay, marker, current }: MomentProps) {
  const row = useRef<HTMLLIElement>(null)
  useEffect(() => {
    const list = row.current?.closest('.panel')
    if (current && row.current && list && !list.matches(':hover, :focus-within')) {
      list.scrollTop = row.current.offsetTop - list.clientHeight / 2
    }
  }, [current])
  const lasts = marker.t_to > marker.t
  return (
    <li ref={row}>
      <button
        type="button"
        class="replay-moment"
        data-kind={marker.kind}
        aria-current={current ? 'true' : undefined}
        onClick={() => replay.jump(marker.t)}
      >
        <span class="figures">{code(marker.t)}</span>
        <Icon of={signOf(marker.kind)} size={16} />
        <span class="grow">
          {kindWords(marker.kind)}
          <span class="quiet small one-line">{markerWords(marker, replay.opened)}</span>
        </span>
        {lasts && <span class="quiet small figures">{t('replay.lasts', { time: code(marker.t_to - marker.t) })}</span>}
      </button>
    </li>
  )
}
