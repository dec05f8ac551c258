// What a hand does to a viewport, as changes of its View. A drag is counted from where it began: nothing adds up rounding.
// Pure but for the pane it asks what is seen.
import type { Place } from '../marks/affine'
import type { Area, Cine, ColourMap, Picture, Voi } from '../session/wire.gen'
import { CINE_DEFAULT, wireRate } from './cine'
import type { Pane } from './pane'
import { presetGreys } from './presets'
import type { Preset } from './presets'
import { mirrored, moved, toArea, toVoi, turned, whole, windowed, zoomed } from './view'
import type { Greys, Sight } from './view'

/** Some groups of a View; what is left out stays. */
export interface Change {
  image?: Picture
  area?: Area
  voi?: Voi
  cine?: Cine
}

export type Drag = 'scroll' | 'move' | 'zoom' | 'window'
export type Seen = NonNullable<ReturnType<Pane['seen']>>

const ZOOM_PX = 200 // a drag of so many CSS px doubles
const SCROLL_LEAST_PX = 4 // for a picture: less cannot be aimed at
const SCROLL_MOST_PX = 24

export function dragged(pane: Pane, drag: Drag, begun: Seen, from: Place, to: Place, steps: number): Change | null {
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  const { sight, greys, shot, size } = begun
  const { geometry } = shot.instance
  switch (drag) {
    case 'move':
      return area(begun, moved(sight, geometry, size, dx, dy))
    case 'zoom':
      return area(begun, zoomed(sight, geometry, size, Math.pow(2, -dy / ZOOM_PX), from))
    case 'window':
      return greys && { voi: toVoi(windowed(greys, dx / size.width, dy / size.height)) }
    case 'scroll':
      return scrolled(pane, steps)
  }
}

/** Pictures that a drag of `dy` px has gone through: the whole height is the whole series, if that can be aimed at. */
export function stepsOf(dy: number, height: number, count: number): number {
  const each = Math.max(SCROLL_LEAST_PX, Math.min(SCROLL_MOST_PX, height / Math.max(1, count)))
  return Math.trunc(dy / each)
}

export function scrolled(pane: Pane, steps: number): Change | null {
  const image = steps === 0 ? null : pane.beside(steps)
  return image && { image }
}

/** Two fingers: larger about the middle between them, and moved with it. */
export function pinched(begun: Seen, factor: number, from: Place, to: Place): Change {
  const { sight, shot, size } = begun
  const { geometry } = shot.instance
  const larger = zoomed(sight, geometry, size, factor, from)
  return area(begun, moved(larger, geometry, size, to.x - from.x, to.y - from.y))
}

export function scaled(seen: Seen, factor: number, at: Place): Change {
  return area(seen, zoomed(seen.sight, seen.shot.instance.geometry, seen.size, factor, at))
}

export function rotated(seen: Seen, degrees: number): Change {
  return area(seen, turned(seen.sight, degrees))
}

export function flipped(seen: Seen, way: 'x' | 'y'): Change {
  return area(seen, mirrored(seen.sight, way))
}

export function inverted({ greys }: Seen): Change | null {
  return greys && { voi: toVoi({ ...greys, invert: !greys.invert }) }
}

export function preset({ greys }: Seen, name: Preset): Change | null {
  return greys && { voi: toVoi(presetGreys(name, greys)) }
}

export function given({ greys }: Seen, wanted: Greys): Change | null {
  return greys && { voi: toVoi({ ...wanted, invert: greys.invert, map: greys.map }) }
}

/** In these colours; the window stays. */
export function coloured({ greys }: Seen, map: ColourMap): Change | null {
  return greys && { voi: toVoi({ ...greys, map }) }
}

/** As the instance itself would be shown. */
export function reset(seen: Seen, own: Greys | null): Change {
  const change = area(seen, whole(seen.shot.instance.geometry))
  return own ? { ...change, voi: toVoi(own) } : change
}

/** Begins or stops where it is now. */
export function played(seen: Seen, cine: Cine | null): Change {
  const { instance, frame } = seen.shot
  const { study, series, instance: uid } = instance
  const rate = cine?.rate ?? wireRate(instance.rate || CINE_DEFAULT)
  return {
    image: { study, series, instance: uid, frame },
    cine: { playing: !cine?.playing, rate, frame },
  }
}

/** `by`: times as fast as the instance says. */
export function paced(seen: Seen, cine: Cine | null, by: number): Change {
  const { instance, frame } = seen.shot
  return { cine: { playing: cine?.playing ?? false, rate: wireRate((instance.rate || CINE_DEFAULT) * by), frame } }
}

function area({ shot }: Seen, sight: Sight): Change {
  return { area: toArea(sight, shot.instance.geometry.unit) }
}
