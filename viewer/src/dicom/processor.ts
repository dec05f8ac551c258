// Grey pictures drawn by the processor. Cornerstone's own way knows but one straight window and counts in whole values: a
// sigmoid, a table, a palette and a picture of fractions would be shown wrong. It lets a picture bring its own.
import type { Types } from '@cornerstonejs/core'

import { coloursOf, curveOf, shade } from './shading'
import type { Tables } from './shading'
import type { Greys } from './view'

/** What Cornerstone hands to a picture that draws itself. */
interface Enabled {
  readonly canvas: HTMLCanvasElement
  readonly image: Types.IImage
  /** Of the picture's pixels to the canvas'; kept by Cornerstone. */
  readonly transform: { getMatrix(): [number, number, number, number, number, number] }
}

interface Look {
  readonly greys: Greys
  readonly tables: Tables
}

/** Of each viewport's canvas: how it is to be seen, and the picture as it was drawn last. */
const looks = new WeakMap<HTMLCanvasElement, Look>()
const drawn = new WeakMap<HTMLCanvasElement, { of: string; picture: HTMLCanvasElement }>()

/** Before the next `render()`. */
export function lookAt(canvas: HTMLCanvasElement, look: Look): void {
  looks.set(canvas, look)
}

/** For `IImage.render`. */
export function renderGrey({ canvas, image, transform }: Enabled): void {
  const [pen, look] = [canvas.getContext('2d'), looks.get(canvas)]
  if (!pen) return
  pen.setTransform(1, 0, 0, 1, 0, 0)
  pen.fillStyle = '#000'
  pen.fillRect(0, 0, canvas.width, canvas.height)
  if (!look) return // it is said in a moment
  pen.imageSmoothingEnabled = true
  pen.setTransform(...transform.getMatrix())
  pen.drawImage(pictureOf(canvas, image, look), 0, 0)
}

/** Only when something but its place has changed. */
function pictureOf(canvas: HTMLCanvasElement, image: Types.IImage, look: Look): HTMLCanvasElement {
  const of = `${image.imageId} ${JSON.stringify(look.greys)}`
  const before = drawn.get(canvas)
  if (before?.of === of) return before.picture
  const picture = before?.picture ?? document.createElement('canvas')
  if (picture.width !== image.width) picture.width = image.width
  if (picture.height !== image.height) picture.height = image.height
  paint(picture, image, look)
  drawn.set(canvas, { of, picture })
  return picture
}

function paint(picture: HTMLCanvasElement, image: Types.IImage, { greys, tables }: Look): void {
  const pen = picture.getContext('2d')
  const values = image.voxelManager?.getScalarData() as ArrayLike<number> | undefined
  if (!pen || !values) return
  const data = pen.createImageData(picture.width, picture.height)
  const out = new Uint32Array(data.data.buffer)
  shade(values, curveOf(greys, tables), coloursOf(greys.map, greys.invert), out)
  pen.putImageData(data, 0, 0)
}
