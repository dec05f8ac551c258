// Windows that people of the trade know by name (HU), for CT. Words: `pictures.preset.<name>`.
import type { Greys } from './view'

export const CT_PRESETS = {
  abdomen: [50, 400],
  liver: [90, 150],
  lung: [-600, 1500],
  mediastinum: [50, 350],
  bone: [400, 1800],
  brain: [40, 80],
  stroke: [35, 40],
} as const satisfies Record<string, readonly [centre: number, width: number]>

export type Preset = keyof typeof CT_PRESETS

export function presetGreys(name: Preset, now: Greys): Greys {
  const [centre, width] = CT_PRESETS[name]
  return { ...now, centre, width, curve: 'linear' }
}
