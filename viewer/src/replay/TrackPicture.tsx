// One live picture as it was, or in words why there is none: never a picture that stands still and passes for a living one.
import { useComputed } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'

import { t } from '../i18n'
import type { Shown } from '../session/view'
import { Avatar } from '../ui/kit/Avatar'
import type { Replay } from './replay'
import { whyNothing } from './nothing'
import { covers } from './runs'
import type { Run } from './wire'
import { code } from './words'

interface TrackPictureProps {
  replay: Replay
  shown: Shown
  large?: boolean
}

export function TrackPicture({ replay, shown, large = false }: TrackPictureProps) {
  const { track, owner } = shown
  const place = useRef<HTMLDivElement>(null)
  const run = useComputed(() => replay.media.playing.value.get(track.track) ?? null).value
  const why = useComputed(() => whyNothing(replay, shown, run)).value
  const note = useComputed(() => (run ? damageWords(run, replay.t.value) : '')).value
  // Within the turn that drew it: an element that is off the page for longer stops playing.
  useLayoutEffect(() => {
    const element = run && replay.media.elementOf(run)
    if (!element || !place.current) return
    Object.assign(element.dataset, { run: String(run.run), track: String(run.track), purpose: track.purpose })
    element.setAttribute('aria-label', `${t(`purpose.${track.purpose}`)}: ${owner.person.name}`)
    place.current.prepend(element)
  }, [run, large])
  return (
    <div ref={place} class={`picture${why ? ' nothing' : ''}`}>
      {why && (
        <div class="no-picture">
          <Avatar name={owner.person.name} size={large ? 'large' : 'normal'} />
          <p class={large ? 'quiet' : 'small-why'}>{why}</p>
        </div>
      )}
      {!why && note && <p class={`replay-damage${large ? '' : ' small'}`}>{note}</p>}
    </div>
  )
}

function damageWords({ damaged }: Run, at: number): string {
  const span = damaged.find((one) => covers(one, at))
  return span ? t('replay.damaged', { from: code(span.t_from), to: code(span.t_to) }) : ''
}
