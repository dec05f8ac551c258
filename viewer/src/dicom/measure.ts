// What a caliper says: in the unit of the region of an ultrasound picture, else in mm where the picture is calibrated,
// else in px. Values are in the wire's 1/1000. Pure.
import type { Place } from '../marks/affine'
import type { Measure, MeasureUnit, Shape } from '../session/wire.gen'
import type { Instance, UsRegion } from './metadata'
import type { Geometry } from './view'

const MILLI = 1000
const MM_PER_CM = 10

/** Null: this shape is not measured. `points`: fractions of the picture. */
export function measured(shape: Shape, points: readonly Place[], one: Instance): Measure | null {
  const [p, q, r] = points
  if (!p || !q) return null
  switch (shape) {
    case 'length':
    case 'caliper':
      return distance(p, q, one)
    case 'ellipse':
      return area(p, q, one)
    case 'angle':
      return r ? angle(p, q, r, one) : null
    default:
      return null
  }
}

/** mm or px a pixel, at a place: ultrasound pictures have it by region. */
interface Scale {
  readonly x: number
  readonly y: number
  readonly unit: 'mm' | 'px'
}

/** The region that both ends are in. Where regions overlap, the smaller one is meant: an inset lies on the other. */
export function regionAt(one: Instance, ...places: readonly Place[]): UsRegion | null {
  const { columns, rows } = one.geometry
  const holds = ({ x0, y0, x1, y1 }: UsRegion, { x, y }: Place): boolean =>
    x * columns >= x0 && x * columns <= x1 + 1 && y * rows >= y0 && y * rows <= y1 + 1
  const size = (region: UsRegion): number => (region.x1 - region.x0) * (region.y1 - region.y0)
  const found = one.regions.filter((region) => places.every((place) => holds(region, place)))
  return found.sort((a, b) => size(a) - size(b))[0] ?? null
}

function scaleAt(place: Place, one: Instance, other: Place = place): Scale {
  const region = regionAt(one, place, other)
  if (region?.unitX === 'cm' && region.unitY === 'cm') {
    return { x: region.dx * MM_PER_CM, y: region.dy * MM_PER_CM, unit: 'mm' }
  }
  // Outside its regions, and in those of time or speed, a length of an ultrasound picture has no unit.
  const { sx, sy, unit } = one.regions.length > 0 ? { sx: 1, sy: 1, unit: 'px' as const } : one.geometry
  return { x: sx, y: sy, unit }
}

function distance(p: Place, q: Place, one: Instance): Measure {
  const { x: dx, y: dy } = apart(p, q, one.geometry)
  const region = regionAt(one, p, q)
  if (region && (region.unitX === 'second' || region.unitY === 'cm_per_s')) return along(dx, dy, region)
  const scale = scaleAt(p, one, q)
  return said(Math.hypot(dx * scale.x, dy * scale.y), scale.unit)
}

/** A sweep: sideways it is time, upwards what the region has there. */
function along(dx: number, dy: number, region: UsRegion): Measure {
  if (Math.abs(dx) >= Math.abs(dy) && region.unitX === 'second') return said(Math.abs(dx) * region.dx, 'second')
  if (region.unitY === 'cm_per_s') return said(Math.abs(dy) * region.dy, 'cm_per_s')
  if (region.unitY === 'cm') return said(Math.abs(dy) * region.dy * MM_PER_CM, 'mm')
  return said(Math.hypot(dx, dy), 'px')
}

function area(p: Place, q: Place, one: Instance): Measure {
  const { x: dx, y: dy } = apart(p, q, one.geometry)
  const scale = scaleAt(p, one, q)
  // p and q are the corners of the box around the ellipse: its axes are the box's sides.
  const value = (Math.PI / 4) * Math.abs(dx * scale.x) * Math.abs(dy * scale.y)
  return said(value, scale.unit === 'mm' ? 'mm2' : 'px2')
}

function angle(p: Place, vertex: Place, r: Place, one: Instance): Measure {
  const scale = scaleAt(vertex, one)
  const [a, b] = [apart(vertex, p, one.geometry), apart(vertex, r, one.geometry)]
  const [ax, ay, bx, by] = [a.x * scale.x, a.y * scale.y, b.x * scale.x, b.y * scale.y]
  const radians = Math.abs(Math.atan2(ax * by - ay * bx, ax * bx + ay * by))
  return said((radians * 180) / Math.PI, 'degree')
}

/** In px of the picture. */
function apart(p: Place, q: Place, { columns, rows }: Geometry): Place {
  return { x: (q.x - p.x) * columns, y: (q.y - p.y) * rows }
}

function said(value: number, unit: MeasureUnit): Measure {
  return { value: Math.round(value * MILLI), unit }
}
