// What was started last, a picture of a camera or one of the folder: the stage shows that, as the live page did. Pure.
import type { LogEvent } from '../session/wire.gen'

export function startedLast(events: readonly LogEvent[], seq: number): 'track' | 'pictures' {
  let last: 'track' | 'pictures' = 'pictures'
  let series: string | undefined
  for (const { seq: at, body } of events) {
    if (at > seq) break
    if (body.type === 'track_added' && body.kind === 'video' && ['probe', 'screen'].includes(body.purpose))
      last = 'track'
    if (body.type !== 'view_changed' || !body.image || body.image.series === series) continue
    series = body.image.series
    last = 'pictures'
  }
  return last
}
