// What a pane says of the picture that it shows.
import type { Showing } from '../session/wire.gen'
import type { Shot } from './provider'
import type { Failure, Note } from './source'

export interface News {
  readonly showing: Extract<Showing, 'shown' | 'loading' | 'unsupported' | 'cpu_only' | 'lost'>
  /** Pictures of the series that are yet to come. */
  readonly behind: number
  readonly failure: Failure | null
  /** What is on the screen; null = nothing yet. */
  readonly shot: Shot | null
  /** Its place in the series, from 0, and how many there are; 0 = not known yet. */
  readonly place: number
  readonly count: number
  /** Shown by the server's 8 bits, not by the instance's own values. `preview`: those are on their way. */
  readonly plain: boolean
  readonly preview: boolean
  /** What the server did to the picture on the screen. */
  readonly note: Note
}

/** Told only when something is another: whoever hears it draws a part of the page. */
export function whatIsNew(told: (news: News) => void): (news: News) => void {
  let last: News | null = null
  return (news) => {
    if (last && (Object.keys(news) as (keyof News)[]).every((key) => news[key] === last?.[key])) return
    last = news
    told(news)
  }
}
