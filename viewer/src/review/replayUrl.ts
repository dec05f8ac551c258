// Where the replay of a consultation opens: the one place that knows its address.

import type { ConsultationId } from '../session/wire.gen'

export const replayUrl = (consultation: string, t = 0): string => `/#replay=${consultation}&t=${Math.round(t)}`

/** The consultation of `#review=…`, empty if the address names none. */
export function reviewOf(hash: string): ConsultationId | '' {
  const found = /^#review=([a-z2-7]{26})$/.exec(hash)
  return (found?.[1] ?? '') as ConsultationId | ''
}
