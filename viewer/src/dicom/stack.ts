// The one file that maps a View to Cornerstone's StackViewport and back, as measured: exact on GPU and on the processor.
//
// On GPU the camera is set once, whole: flips after geometry misplace by hundreds of pixels, as do setViewPresentation
// across canvas sizes, displayArea with flips, and setPan below one CSS px. On the processor rotation, flips and scale come
// first and the middle twice, by difference: there the camera's focal point is not the canvas' middle at pixel ratios ≠ 1.
// Reading is through worldToCanvas of three corners alone. World coordinates of a pixel are its centre on GPU and its
// corner on the processor.
import { Enums } from '@cornerstonejs/core'
import type { Types } from '@cornerstonejs/core'

import type { Affine, Size } from '../marks/affine'
import { inPicture } from '../marks/affine'
import type { Instance } from './metadata'
import { lookAt } from './processor'
import { coloursOf, curveOf, parts } from './shading'
import type { Colours, Curve, Tables } from './shading'
import { scaleOf, sightOf } from './view'
import type { Geometry, Greys, Sight } from './view'

/** What is needed of a StackViewport, its unpublished books included. */
export interface Stack extends Pick<
  Types.IStackViewport,
  | 'getImageIds'
  | 'setStack'
  | 'setImageIdIndex'
  | 'getCornerstoneImage'
  | 'getImageData'
  | 'getCamera'
  | 'setCamera'
  | 'setProperties'
  | 'worldToCanvas'
  | 'render'
  | 'customRenderViewportToCanvas'
  | 'canvas'
> {
  readonly useCPURendering: boolean
  readonly sWidth: number
  readonly sHeight: number
  flipHorizontal: boolean
  flipVertical: boolean
  setRotation(degrees: number): void
  /** Of the renderer on GPU (vtkColorTransferFunction). */
  getTransferFunction(): { setNodes(nodes: readonly Node[]): void } | undefined
}
interface Node {
  readonly x: number
  readonly r: number
  readonly g: number
  readonly b: number
  readonly midpoint: number
  readonly sharpness: number
}
const NODES = 1024 // as many as the renderer's own texture has
type Vector = [number, number, number]

/** The picture as Cornerstone has put it into the world. */
interface World {
  readonly columns: number
  readonly rows: number
  readonly sx: number
  readonly sy: number
  readonly row: Vector
  readonly column: Vector
  readonly normal: Vector
  readonly origin: Vector
  readonly half: number
}

/** Shows the picture of that id, which must be in the cache: only then nothing can overtake. False: it is another one. */
export async function showImage(viewport: Stack, id: string): Promise<boolean> {
  const at = viewport.getImageIds().indexOf(id)
  if (at < 0) return false
  await viewport.setImageIdIndex(at)
  return viewport.getCornerstoneImage()?.imageId === id
}

/** Puts the View of a picture of this instance on the canvas. Needs `draw` after it. */
export function apply(viewport: Stack, sight: Sight, greys: Greys | null, { inverse, tables }: Instance): void {
  if (greys) applyGreys(viewport, greys, inverse, tables)
  if (viewport.useCPURendering) applyOnProcessor(viewport, sight)
  else applyOnGpu(viewport, sight)
}

/** On the processor now; Cornerstone would wait for a frame of the screen, which may be 33 ms away. On the GPU it draws within
 * the very frame that is shown. */
export function draw(viewport: Stack): void {
  if (viewport.useCPURendering) viewport.customRenderViewportToCanvas()
  else viewport.render()
}

/** The canvas as the renderer sees it, CSS px. */
export function canvasSize(viewport: Stack): Size {
  const { useCPURendering, canvas, sWidth, sHeight } = viewport
  const ratio = window.devicePixelRatio || 1
  if (useCPURendering) return { width: canvas.width / ratio, height: canvas.height / ratio }
  return { width: sWidth / ratio, height: sHeight / ratio }
}

/** Where the picture really lies. */
export function readAffine(viewport: Stack): Affine {
  const world = worldOf(viewport)
  const at = (u: number, v: number): Types.Point2 => viewport.worldToCanvas(toWorld(world, u, v))
  const [o, x, y] = [at(0, 0), at(1, 0), at(0, 1)]
  return { a: x[0] - o[0], b: x[1] - o[1], c: y[0] - o[0], d: y[1] - o[1], e: o[0], f: o[1] }
}

/** What is really shown, for tests and for nothing else: a View is never taken from a canvas. */
export function readSight(viewport: Stack, geometry: Geometry): Sight {
  const { flipHorizontal: flipX, flipVertical: flipY } = viewport
  return sightOf(readAffine(viewport), geometry, canvasSize(viewport), { flipX: !!flipX, flipY: !!flipY })
}

// ---- greys ----------------------------------------------------------------------------------------------------------

/** Of Cornerstone's own idea nothing is left: after a change of picture it may be wrong, and it knows no tables. */
function applyGreys(viewport: Stack, greys: Greys, inverse: boolean, tables: Tables): void {
  const seen = { ...greys, invert: greys.invert !== inverse }
  if (viewport.useCPURendering) return lookAt(viewport.canvas, { greys: seen, tables })
  const curve = curveOf(seen, tables)
  const { lower, upper } = curve
  viewport.setProperties({
    voiRange: { lower, upper },
    VOILUTFunction: Enums.VOILUTFunctionType.LINEAR,
    invert: false,
  })
  viewport.getTransferFunction()?.setNodes(nodesOf(curve, coloursOf(seen.map, seen.invert)))
}

/** A line needs its ends, a curve or a palette so many that no grey of 256 is missed. */
function nodesOf(curve: Curve, colours: Colours): Node[] {
  const { lower, upper } = curve
  return Array.from({ length: NODES }, (_, n) => {
    const x = lower + ((upper - lower) * n) / (NODES - 1)
    const [r, g, b] = parts(colours[Math.round(curve.at(x) * 255)] ?? 0)
    return { x, r, g, b, midpoint: 0.5, sharpness: 0 }
  })
}

// ---- geometry -------------------------------------------------------------------------------------------------------

function applyOnGpu(viewport: Stack, sight: Sight): void {
  const world = worldOf(viewport)
  const [flipX, flipY] = [sight.flipX ? -1 : 1, sight.flipY ? -1 : 1]
  const angle = (sight.rotation * Math.PI) / 180
  // What points up on the screen, in the picture: the way back through turn and flips.
  const [across, down] = [-Math.sin(angle) * flipX, -Math.cos(angle) * flipY]
  const viewUp = along(world, across, down)
  const viewPlaneNormal = scaled(world.normal, -flipX * flipY)
  const focalPoint = toWorld(world, sight.centre.x, sight.centre.y)
  const { position, focalPoint: looked } = viewport.getCamera()
  const distance = position && looked ? Math.hypot(...minus(position, looked)) || 1 : 1
  viewport.flipHorizontal = sight.flipX // its books; flip() would move the camera
  viewport.flipVertical = sight.flipY
  viewport.setCamera({
    flipHorizontal: sight.flipX,
    flipVertical: sight.flipY,
    viewUp,
    viewPlaneNormal,
    focalPoint,
    position: plus(focalPoint, scaled(viewPlaneNormal, distance)),
    parallelScale: heightShown(viewport, sight) / 2,
  })
}

function applyOnProcessor(viewport: Stack, sight: Sight): void {
  const world = worldOf(viewport)
  viewport.setRotation(sight.rotation)
  viewport.setCamera({ flipHorizontal: sight.flipX, flipVertical: sight.flipY })
  // Canvas px for a pixel of the smaller spacing: the renderer stretches the other axis.
  const scale = (viewport.canvas.height * Math.min(world.sx, world.sy)) / heightShown(viewport, sight)
  viewport.setCamera({ scale })
  const wanted = toWorld(world, sight.centre.x, sight.centre.y)
  for (let again = 0; again < 2; again++) {
    const { width, height } = canvasSize(viewport)
    const now = inPicture(readAffine(viewport), { x: width / 2, y: height / 2 })
    const off = minus(wanted, toWorld(world, now.x, now.y))
    viewport.setCamera({ focalPoint: plus(viewport.getCamera().focalPoint ?? [0, 0, 0], off) })
  }
}

/** World units from the top of the canvas to its bottom. */
function heightShown(viewport: Stack, sight: Sight): number {
  const canvas = canvasSize(viewport)
  return canvas.height / scaleOf(sight, canvas)
}

function worldOf(viewport: Stack): World {
  const data = viewport.getImageData()
  const [columns, rows] = data.dimensions
  const [sx, sy] = data.spacing
  const d = data.direction
  const vector = (from: number): Vector => [d[from] ?? 0, d[from + 1] ?? 0, d[from + 2] ?? 0]
  const half = viewport.useCPURendering ? 0 : 0.5
  return { columns, rows, sx, sy, row: vector(0), column: vector(3), normal: vector(6), origin: data.origin, half }
}

function toWorld(world: World, u: number, v: number): Vector {
  const [i, j] = [u * world.columns - world.half, v * world.rows - world.half]
  return plus(world.origin, along(world, i * world.sx, j * world.sy))
}

function along(world: World, across: number, down: number): Vector {
  return plus(scaled(world.row, across), scaled(world.column, down))
}

function plus(a: Vector, b: Vector): Vector {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

function minus(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

function scaled(a: Vector, by: number): Vector {
  return [a[0] * by, a[1] * by, a[2] * by]
}
