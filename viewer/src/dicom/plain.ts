// A picture on a plain 2-D canvas: 8 bits, windowed by the server. For the time until Cornerstone is there, for what it
// cannot decode, and for browsers without it. The same View, the same affine: only the greys are coarser.
import type { Affine, Size } from '../marks/affine'
import { coloursOf } from './shading'
import type { Greys } from './view'

type Brush = Pick<
  CanvasRenderingContext2D,
  'setTransform' | 'fillRect' | 'drawImage' | 'fillStyle' | 'globalCompositeOperation' | 'imageSmoothingEnabled'
>

/** The picture on a canvas that fills its place. */
export function paintPlain(
  canvas: HTMLCanvasElement,
  image: ImageBitmap,
  to: Affine,
  size: Size,
  greys: Greys | null,
): void {
  const ratio = window.devicePixelRatio || 1
  canvas.width = Math.round(size.width * ratio)
  canvas.height = Math.round(size.height * ratio)
  const brush = canvas.getContext('2d')
  if (!brush) return
  const coloured = greys && greys.map !== 'grey' ? inColours(image, greys) : null
  drawPlain(brush, coloured ?? image, to, ratio, !coloured && !!greys?.invert)
}

/** The server's greys in the colours of a palette. */
function inColours(image: ImageBitmap, { map, invert }: Greys): HTMLCanvasElement | null {
  const canvas = document.createElement('canvas')
  canvas.width = image.width
  canvas.height = image.height
  const brush = canvas.getContext('2d')
  if (!brush) return null
  brush.drawImage(image, 0, 0)
  const data = brush.getImageData(0, 0, image.width, image.height)
  const [colours, out] = [coloursOf(map, invert), new Uint32Array(data.data.buffer)]
  for (let n = 0; n < out.length; n++) out[n] = colours[data.data[4 * n] ?? 0] ?? 0
  brush.putImageData(data, 0, 0)
  return canvas
}

/** Whether a canvas has not the size of its place. */
export function resized(canvas: HTMLCanvasElement, size: Size): boolean {
  const ratio = window.devicePixelRatio || 1
  return canvas.width !== Math.round(size.width * ratio) || canvas.height !== Math.round(size.height * ratio)
}

/** Draws the picture where `to` puts it. `ratio`: device px for a CSS px. */
export function drawPlain(brush: Brush, image: CanvasImageSource, to: Affine, ratio: number, invert: boolean): void {
  brush.setTransform(1, 0, 0, 1, 0, 0)
  brush.globalCompositeOperation = 'source-over'
  brush.fillStyle = '#000'
  brush.fillRect(0, 0, FAR, FAR)
  brush.setTransform(to.a * ratio, to.b * ratio, to.c * ratio, to.d * ratio, to.e * ratio, to.f * ratio)
  brush.imageSmoothingEnabled = true
  brush.drawImage(image, 0, 0, 1, 1) // the affine's unit is the picture
  if (invert) {
    brush.globalCompositeOperation = 'difference' // older Safari has no canvas filter
    brush.fillStyle = '#fff'
    brush.fillRect(0, 0, 1, 1)
  }
  brush.globalCompositeOperation = 'source-over'
}

const FAR = 32_767 // beyond any canvas
