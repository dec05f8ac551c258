// Small pictures along the time, of the probe where there is one. They are made when they are asked for, so only those that
// have room are.
import { useMemo, useState } from 'preact/hooks'

import type { Replay } from './replay'
import { runAt } from './runs'
import type { Run } from './wire'

const WIDE = 80 // px that one takes
const AGAIN_MS = 2_000
const MOST_TRIES = 10
const ORDER = ['probe', 'screen', 'room', 'face'] as const

export function Thumbnails({ replay, width }: { replay: Replay; width: number }) {
  const { thumbnails } = replay.opened
  const shown = useMemo(() => chosen(replay, width), [replay, width])
  if (!thumbnails || shown.length === 0) return null
  return (
    <ul class="replay-thumbnails wide-only" aria-hidden="true">
      {shown.map((url, n) => (
        <li key={n}>{url && <Small url={url} />}</li>
      ))}
    </ul>
  )
}

/** Those of a recording that is opened for the first time are still being made. */
function Small({ url }: { url: string }) {
  const [tries, setTries] = useState(0)
  const [there, setThere] = useState(false) // until then nothing, not the sign of a broken picture
  const again = (): void => {
    if (tries < MOST_TRIES) setTimeout(() => setTries(tries + 1), AGAIN_MS)
  }
  return (
    <img
      key={tries}
      src={tries ? `${url}?${tries}` : url}
      alt=""
      draggable={false}
      hidden={!there}
      onLoad={() => setThere(true)}
      onError={again}
    />
  )
}

/** An address for each place; empty where no picture was recorded. */
function chosen({ opened, doors }: Replay, width: number): string[] {
  const { thumbnails, length_us, tracks } = opened
  const count = Math.floor(width / WIDE)
  if (!thumbnails) return []
  return Array.from({ length: count }, (_, n) => {
    const at = ((n + 0.5) / count) * length_us
    const run = best(
      tracks.filter((one) => thumbnails.runs.includes(one.run)),
      at,
    )
    return run ? doors.thumbnail(run.run, Math.floor((at - run.t0) / thumbnails.every_us)) : ''
  })
}

function best(runs: readonly Run[], at: number): Run | null {
  for (const purpose of ORDER) {
    for (const run of runs) {
      const found = run.label === purpose ? runAt(runs, run.track, at) : null
      if (found && found.t_end >= at) return found
    }
  }
  return null
}
