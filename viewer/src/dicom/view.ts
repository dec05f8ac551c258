// A View in floating point, and everything that can be done to it: fitting, moving, scaling, turning, windowing. It is
// never read from a canvas: whoever leads changes the numbers here, whoever follows fits them into its own canvas, and
// handing over the lead moves nothing. Pure; knows no renderer. Units of the wire: signalling/looking.py.
import { inPicture, onCanvas } from '../marks/affine'
import type { Affine, Place, Size } from '../marks/affine'
import type { Area, ColourMap, LengthUnit, Voi, VoiFunction } from '../session/wire.gen'

/** The picture as it lies in the world: `sx`, `sy` are the distances of columns and rows, in mm; where it is not
 * calibrated sx is 1 px and sy what its pixel aspect ratio says. */
export interface Geometry {
  readonly columns: number
  readonly rows: number
  readonly sx: number
  readonly sy: number
  readonly unit: LengthUnit
}

/** What is seen of a picture. `centre`: fraction of the picture; `width`, `height`: along the screen's axes, in the
 * geometry's unit; `rotation`: degrees clockwise, after the flips. */
export interface Sight {
  readonly centre: Place
  readonly width: number
  readonly height: number
  readonly rotation: number
  readonly flipX: boolean
  readonly flipY: boolean
}

/** Which greys are seen; in the modality's unit. */
export interface Greys {
  readonly centre: number
  readonly width: number
  readonly curve: VoiFunction
  readonly invert: boolean
  readonly map: ColourMap
}

const FRACTION = 1e-8
const LENGTH = 1e-5
const GREY = 1e-3
const FRACTION_MAX = 2_000_000_000
const LENGTH_MAX = 4_000_000_000
const GREY_MAX = 2_000_000_000
const SMALLEST_PIXELS = 4 // fewer across a screen show nothing
const LARGEST_WHOLES = 16 // a picture smaller than that is lost on the screen
const WINDOW_MIN = 1e-3

// ---- the wire -------------------------------------------------------------------------------------------------------

export function toArea(sight: Sight, unit: LengthUnit): Area {
  return {
    centre_x: bounded(sight.centre.x / FRACTION, FRACTION_MAX),
    centre_y: bounded(sight.centre.y / FRACTION, FRACTION_MAX),
    width: Math.max(1, bounded(sight.width / LENGTH, LENGTH_MAX)),
    height: Math.max(1, bounded(sight.height / LENGTH, LENGTH_MAX)),
    unit,
    rotation: circle(Math.round(sight.rotation * 100), 36_000),
    flip_horizontal: sight.flipX,
    flip_vertical: sight.flipY,
  }
}

/** An area of another unit (the picture was calibrated for who sent it, and is not here) keeps its size in columns. */
export function fromArea(area: Area, geometry: Geometry): Sight {
  const own = area.unit === geometry.unit ? 1 : area.unit === 'px' ? geometry.sx : 1 / geometry.sx
  return {
    centre: { x: area.centre_x * FRACTION, y: area.centre_y * FRACTION },
    width: area.width * LENGTH * own,
    height: area.height * LENGTH * own,
    rotation: area.rotation / 100,
    flipX: area.flip_horizontal,
    flipY: area.flip_vertical,
  }
}

export function toVoi(greys: Greys): Voi {
  return {
    centre: bounded(greys.centre / GREY, GREY_MAX),
    width: Math.max(1, bounded(greys.width / GREY, LENGTH_MAX)),
    function: greys.curve,
    invert: greys.invert,
    colour_map: greys.map,
  }
}

export function fromVoi(voi: Voi): Greys {
  const { centre, width, invert } = voi
  return { centre: centre * GREY, width: width * GREY, curve: voi.function, invert, map: voi.colour_map }
}

function bounded(value: number, most: number): number {
  return Math.round(Math.max(-most, Math.min(most, value)))
}

function circle(value: number, whole: number): number {
  return ((value % whole) + whole) % whole
}

// ---- where things lie -----------------------------------------------------------------------------------------------

/** The whole picture, upright. */
export function whole(geometry: Geometry): Sight {
  const { columns, rows, sx, sy } = geometry
  return { centre: { x: 0.5, y: 0.5 }, width: columns * sx, height: rows * sy, rotation: 0, flipX: false, flipY: false }
}

/** CSS px for one unit: the whole rectangle is visible, whatever the canvas' shape. */
export function scaleOf(sight: Sight, canvas: Size): number {
  return Math.min(canvas.width / sight.width, canvas.height / sight.height)
}

/** Where the picture lies on a canvas that shows this sight: turned after it was flipped. */
export function affineOf(sight: Sight, geometry: Geometry, canvas: Size): Affine {
  const scale = scaleOf(sight, canvas)
  const angle = (sight.rotation * Math.PI) / 180
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const across = scale * geometry.columns * geometry.sx * (sight.flipX ? -1 : 1)
  const down = scale * geometry.rows * geometry.sy * (sight.flipY ? -1 : 1)
  const [a, b, c, d] = [cos * across, sin * across, -sin * down, cos * down]
  const { x, y } = sight.centre
  return { a, b, c, d, e: canvas.width / 2 - a * x - c * y, f: canvas.height / 2 - b * x - d * y }
}

/** The sight that a canvas shows, as the affine says: what a test compares with what was asked for. A rectangle of the
 * canvas' own shape; which of the two flips it was, the affine alone cannot say. */
export function sightOf(to: Affine, geometry: Geometry, canvas: Size, flips: Pick<Sight, 'flipX' | 'flipY'>): Sight {
  const scale = Math.hypot(to.a, to.b) / (geometry.columns * geometry.sx)
  const sign = flips.flipX ? -1 : 1
  return {
    centre: inPicture(to, { x: canvas.width / 2, y: canvas.height / 2 }),
    width: canvas.width / scale,
    height: canvas.height / scale,
    rotation: circle((Math.atan2(sign * to.b, sign * to.a) * 180) / Math.PI, 360),
    ...flips,
  }
}

// ---- what a hand does -----------------------------------------------------------------------------------------------

/** The picture moved by so many CSS px. */
export function moved(sight: Sight, geometry: Geometry, canvas: Size, dx: number, dy: number): Sight {
  const to = affineOf(sight, geometry, canvas)
  return { ...sight, centre: kept(inPicture(to, { x: canvas.width / 2 - dx, y: canvas.height / 2 - dy })) }
}

/** `factor` times as large, with what lies at `at` (CSS px) staying there. */
export function zoomed(sight: Sight, geometry: Geometry, canvas: Size, factor: number, at: Place): Sight {
  const by = allowed(sight, geometry, factor)
  const place = inPicture(affineOf(sight, geometry, canvas), at)
  const next = { ...sight, width: sight.width / by, height: sight.height / by }
  const now = onCanvas(affineOf(next, geometry, canvas), place)
  return moved(next, geometry, canvas, at.x - now.x, at.y - now.y)
}

/** Turned clockwise as it is seen. A quarter turn takes the rectangle with it: the same part stays in sight. */
export function turned(sight: Sight, degrees: number): Sight {
  const rotation = circle(sight.rotation + degrees, 360)
  const lies = Math.round(degrees / 90) % 2 !== 0 && degrees % 90 === 0
  return lies ? { ...sight, rotation, width: sight.height, height: sight.width } : { ...sight, rotation }
}

/** Mirrored as it is seen, left for right or top for bottom. The turn comes after the flips: mirroring the screen
 * turns it the other way round. */
export function mirrored(sight: Sight, way: 'x' | 'y'): Sight {
  const rotation = circle(-sight.rotation, 360)
  return way === 'x' ? { ...sight, rotation, flipX: !sight.flipX } : { ...sight, rotation, flipY: !sight.flipY }
}

/** A drag: `across` widens, `down` darkens. Both are fractions of the canvas; a whole canvas doubles the width. A table is
 * as it is: what is dragged is a window of its size. */
export function windowed(greys: Greys, across: number, down: number): Greys {
  const width = Math.max(WINDOW_MIN, greys.width * Math.pow(2, 2 * across))
  const curve = greys.curve === 'table' ? 'linear' : greys.curve
  return { ...greys, curve, width, centre: greys.centre + down * greys.width }
}

/** Never so near or so far that nothing is left to see. */
function allowed(sight: Sight, geometry: Geometry, factor: number): number {
  const { columns, rows, sx, sy } = geometry
  const nearest = Math.max(sight.width, sight.height) / (SMALLEST_PIXELS * Math.max(sx, sy))
  const farthest = Math.max(sight.width, sight.height) / (LARGEST_WHOLES * Math.max(columns * sx, rows * sy))
  return Math.max(Math.min(1, farthest), Math.min(Math.max(1, nearest), factor))
}

/** The middle of the screen stays on the picture. */
function kept(centre: Place): Place {
  const inside = (value: number): number => Math.max(0, Math.min(1, value))
  return { x: inside(centre.x), y: inside(centre.y) }
}
