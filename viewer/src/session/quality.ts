// What the server measures of a line, as one of three words per direction. Figures only on request.
import type { Quality } from './wire.gen'

export type Grade = 'good' | 'fair' | 'poor' | 'unknown'

// Round trips: 250 ms is where talking over each other starts (ITU-T G.114 says 150 ms one way, less is not felt);
// losses after repair: 2 % is inaudible with Opus, 6 % is not. In 1/1000 and ms.
const LIMITS = { rtt: [250, 500], loss: [20, 60], jitter: [40, 100] } as const
const ORDER: readonly Grade[] = ['unknown', 'good', 'fair', 'poor']

export function up(quality: Quality | undefined): Grade {
  if (!connected(quality)) return 'unknown'
  return worst(
    grade(quality.up_loss, LIMITS.loss),
    grade(quality.rtt_ms, LIMITS.rtt),
    grade(quality.jitter_ms, LIMITS.jitter),
  )
}

export function down(quality: Quality | undefined): Grade {
  if (!connected(quality)) return 'unknown'
  return worst(grade(quality.down_loss, LIMITS.loss), grade(quality.rtt_ms, LIMITS.rtt))
}

/** The worse of several grades; unknown counts least. */
export function worst(...grades: Grade[]): Grade {
  return grades.reduce((a, b) => (ORDER.indexOf(b) > ORDER.indexOf(a) ? b : a), 'unknown')
}

function connected(quality: Quality | undefined): quality is Quality {
  return quality !== undefined && quality.transport !== 'none'
}

function grade(value: number, [good, fair]: readonly [number, number]): Grade {
  if (value < 0) return 'unknown'
  if (value < good) return 'good'
  return value < fair ? 'fair' : 'poor'
}
