// Where the replay of a consultation opens, and how its page and others tell each other where it stands.

import type { ConsultationId, FrameKey, Picture } from '../session/wire.gen'

export const replayUrl = (consultation: string, t = 0): string => `/#replay=${consultation}&t=${Math.round(t)}`

/** The consultation of `#review=…`, empty if the address names none. */
export function reviewOf(hash: string): ConsultationId | '' {
  const found = /^#review=([a-z2-7]{26})$/.exec(hash)
  return (found?.[1] ?? '') as ConsultationId | ''
}

/** `asks`: a page would like to know where the replay of this consultation stands; else it says so. `t`: session µs. */
export interface PlaceNews {
  readonly asks?: string
  readonly consultation?: string
  readonly t?: number
  /** Which shared picture is seen large there; null = none. */
  readonly picture?: PictureSeen | null
  /** Which frame of a live picture is seen large there; null = none, or nobody knows. */
  readonly frame?: FrameKey | null
}

/** A frame of a DICOM instance. */
export type PictureSeen = Pick<Picture, 'instance' | 'frame'>

export const placesOfReplays = (): BroadcastChannel => new BroadcastChannel('sefaw.replay')
