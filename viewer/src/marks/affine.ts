// Where a place in a picture lies on a canvas. Places are fractions of the picture's width and height, 0 at the outer
// edge of its first pixel; canvases are in CSS pixels. Pure.

/** x = a·u + c·v + e, y = b·u + d·v + f: the order that `setTransform` takes. */
export interface Affine {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number
  readonly e: number
  readonly f: number
}

export interface Place {
  readonly x: number
  readonly y: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

export function onCanvas(to: Affine, at: Place): Place {
  return { x: to.a * at.x + to.c * at.y + to.e, y: to.b * at.x + to.d * at.y + to.f }
}

/** The way back: which fraction of the picture lies there. */
export function inPicture(to: Affine, at: Place): Place {
  const det = to.a * to.d - to.b * to.c
  const dx = at.x - to.e
  const dy = at.y - to.f
  return { x: (dx * to.d - dy * to.c) / det, y: (dy * to.a - dx * to.b) / det }
}

/** A picture shown whole and upright in the middle of a canvas, as `object-fit: contain` shows a video. */
export function contained(picture: Size, canvas: Size): Affine {
  const scale = Math.min(canvas.width / picture.width, canvas.height / picture.height)
  const [width, height] = [picture.width * scale, picture.height * scale]
  return { a: width, b: 0, c: 0, d: height, e: (canvas.width - width) / 2, f: (canvas.height - height) / 2 }
}
