// Cornerstone, started once: its renderer (GPU or processor), its decoders in a worker, its bounded cache. This file and
// stack.ts are all that knows it; both are loaded when pictures are first opened, never on the way from sign-in to call.
import * as core from '@cornerstonejs/core'
import type { Types } from '@cornerstonejs/core'
import loader from '@cornerstonejs/dicom-image-loader'

import { frameUrl } from '../session/dicomweb'
import type { Picture } from '../session/wire.gen'
import { renderGrey } from './processor'
import { answer } from './provider'
import type { Shot } from './provider'
import { SourceFailed } from './source'
import type { Note, Source } from './source'
import type { Stack } from './stack'
import type { Hardware } from './gpu'

const SCHEME = 'sefaw'
const ENGINE = 'sefaw'
const WORKERS = 2 // decoding must leave a core to the call
const CACHE_BYTES = 256 * 1024 * 1024 // a CT of 500 slices; a weak laptop has it
const FIRST_ASKED = 10_000 // before the loader's own providers
const BLACK: Types.Point3 = [0, 0, 0]

/** Every picture Cornerstone may be asked about, by its image id. */
const known = new Map<string, { shot: Shot; source: Source }>()
const notes = new Map<string, Note>()
let engine: core.RenderingEngine | null = null
let drawsBy: Hardware = 'cpu'
let losses = 0
let serial = 0
const listeners = new Set<() => void>()

/** Once; the hardware of the first call counts. */
export function startEngine(hardware: Hardware): void {
  if (engine) return
  drawsBy = hardware
  core.init({
    rendering: { ...core.getConfiguration().rendering, useCPURendering: hardware === 'cpu', webGlContextCount: 1 },
  } as Parameters<typeof core.init>[0])
  loader.init({ maxWebWorkers: WORKERS })
  core.cache.setMaxCacheSize(CACHE_BYTES)
  core.metaData.addProvider((type: string, id: unknown) => {
    const one = typeof id === 'string' ? known.get(id) : undefined
    return one && answer(type, one.shot)
  }, FIRST_ASKED)
  core.imageLoader.registerImageLoader(SCHEME, load as unknown as Types.ImageLoaderFn)
  // Not within the browser's own event: the renderer is taken down by it.
  core.eventTarget.addEventListener(core.Enums.Events.WEBGL_CONTEXT_LOST, (event: unknown) => {
    const { renderingEngineId } = (event as CustomEvent<{ renderingEngineId: string }>).detail
    setTimeout(() => gpuLost(renderingEngineId))
  })
  engine = new core.RenderingEngine(`${ENGINE}-${losses}`)
}

export function hardware(): Hardware {
  return drawsBy
}

export function pictureOf({ instance, frame }: Shot): Picture {
  return { study: instance.study, series: instance.series, instance: instance.instance, frame }
}

/** Makes a picture known: its id may now be asked for. No id is used again: the loader takes a colour picture that it drew
 * last for drawn already, and the new canvas behind the same id stays black. */
export function announce(shot: Shot, source: Source): string {
  const id = `${SCHEME}:${frameUrl('', pictureOf(shot))}#${serial++}`
  known.set(id, { shot, source })
  return id
}

export function shotOf(id: string): Shot | undefined {
  return known.get(id)?.shot
}

/** A stack is closed: its pictures are neither known nor kept any more. */
export function forget(ids: readonly string[]): void {
  for (const id of ids) {
    known.delete(id)
    notes.delete(id)
    drop(id)
  }
}

function drop(id: string): void {
  if (core.cache.getImageLoadObject(id)) core.cache.removeImageLoadObject(id, { force: true })
}

/** Decoded and in the cache. Raises SourceFailed. Cornerstone is handed what has come, never what may fail: it leaves
 * rejections of its own behind that nobody can catch. */
export async function fetchImage(id: string, signal: AbortSignal): Promise<void> {
  if (core.cache.isLoaded(id)) return
  const image = await decoded(id, signal)
  if (core.cache.isLoaded(id)) return
  drop(id)
  await core.cache.putImageLoadObject(id, { promise: Promise.resolve(image) })
}

export function isLoaded(id: string): boolean {
  return core.cache.isLoaded(id)
}

/** A stack viewport in this element. */
export function enable(element: HTMLDivElement, viewport: string): Stack {
  if (!engine) throw new Error('not started')
  engine.enableElement({
    viewportId: viewport,
    element,
    type: core.Enums.ViewportType.STACK,
    defaultOptions: { background: BLACK },
  })
  resize()
  return engine.getViewport(viewport) as unknown as Stack
}

export function disable(viewport: string): void {
  engine?.disableElement(viewport)
}

/** Canvases take the size of their elements; every View must be applied again after it. On the processor Cornerstone gives
 * them one px for each CSS px and then counts in device px: they get device px here. */
export function resize(): void {
  if (drawsBy === 'gpu') return engine?.resize(true, false)
  const ratio = window.devicePixelRatio || 1
  for (const { canvas, element } of engine?.getViewports() ?? []) {
    const [width, height] = [Math.round(element.clientWidth * ratio), Math.round(element.clientHeight * ratio)]
    if (canvas.width !== width) canvas.width = width
    if (canvas.height !== height) canvas.height = height
  }
}

/** Told when the renderer was made anew, because its GPU was lost: every viewport must be enabled again. Returns how to
 * stop listening. */
export function onRestart(told: () => void): () => void {
  listeners.add(told)
  return () => listeners.delete(told)
}

/** Once more on the GPU, from then on by the processor: a driver that fails twice will fail again. Decoded pictures stay.
 * A renderer that is taken down loses its contexts too: each is heard of once. */
function gpuLost(id: string): void {
  if (!engine || engine.id !== id) return
  losses += 1
  if (losses > 1) {
    drawsBy = 'cpu'
    core.setUseCPURendering(true, false)
  }
  const lost = engine
  engine = new core.RenderingEngine(`${ENGINE}-${losses}`)
  try {
    lost.destroy()
  } catch {
    // Some of it went with the GPU: what is left of it is nobody's.
  }
  for (const told of [...listeners]) told()
}

/** What is to be said of a picture that is there. */
export function noteOf(id: string): Note {
  return notes.get(id) ?? null
}

/** For what the cache has let go of meanwhile. */
function load(id: string): { promise: Promise<Types.IImage> } {
  return { promise: decoded(id) }
}

async function decoded(id: string, signal?: AbortSignal): Promise<Types.IImage> {
  const one = known.get(id)
  if (!one) throw new SourceFailed('missing')
  const { bytes, transferSyntax, note } = await one.source.frame(pictureOf(one.shot), signal)
  if (note && known.has(id)) notes.set(id, note)
  try {
    const options = { preScale: { enabled: false }, useRGBA: false }
    const image = (await loader.createImage(id, bytes, transferSyntax || EXPLICIT_LITTLE, options)) as Types.IImage
    return image.color ? image : Object.assign(image, { render: renderGrey }) // asked for by the processor's renderer alone
  } catch {
    throw new SourceFailed('unreadable')
  }
}

const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1'
