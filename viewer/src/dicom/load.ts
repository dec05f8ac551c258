// Cornerstone, loaded when pictures are first opened: once for the page.
import { hardwareOf, rendererName } from './gpu'

export type Drawing = typeof import('./drawing')

let drawing: Promise<Drawing> | null = null

/** Once for the page; after a failure (a line that broke) again. */
export function loadDrawing(): Promise<Drawing> {
  drawing ??= import('./drawing').then(
    (part) => {
      part.engine.startEngine(hardwareOf(rendererName()))
      return part
    },
    (error: unknown) => {
      drawing = null
      throw error
    },
  )
  return drawing
}
