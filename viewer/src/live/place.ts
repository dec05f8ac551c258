// Places on a live picture: Fractions of the video's own pixels, so that a mark sits on the same spot whatever the box,
// the pixel ratio or the black bars. Pure.
import { contained, inPicture } from '../marks/affine'
import type { Place, Size } from '../marks/affine'
import type { Point } from '../session/wire.gen'

export const FRACTION = 100_000_000 // one whole width or height (signalling/looking.py)

/** A place of the box, CSS px, as a point of the picture; beside the picture = at its edge. */
export function toPoint(box: Size, picture: Size, at: Place): Point {
  const { x, y } = inPicture(contained(picture, box), at)
  return { x: whole(x), y: whole(y) }
}

/** How many canvas pixels a CSS pixel gets: those of the screen, but at most `most` in all (a weak machine draws each
 * frame). */
export function sharpness(box: Size, ratio: number, most: number): number {
  const wanted = box.width * box.height * ratio * ratio
  return ratio * Math.min(1, Math.sqrt(most / Math.max(1, wanted)))
}

/** Length between two points, px of the picture. */
export function pixels(a: Point, b: Point, picture: Size): number {
  return Math.hypot(((b.x - a.x) / FRACTION) * picture.width, ((b.y - a.y) / FRACTION) * picture.height)
}

function whole(share: number): number {
  return Math.round(Math.min(1, Math.max(0, share)) * FRACTION)
}
