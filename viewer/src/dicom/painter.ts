// What draws a pane's picture: Cornerstone once it is loaded, a plain canvas until then and where it cannot. Pictures are
// fetched and shown here; which, when and how they are looked at comes from outside.
import { affineOf } from './view'
import type { Greys, Sight } from './view'
import type { Size } from '../marks/affine'
import { loadDrawing } from './load'
import type { Drawing } from './load'
import type { Instance } from './metadata'
import { paintPlain, resized } from './plain'
import type { Shot } from './provider'
import { greysBetween } from './shading'
import { SourceFailed } from './source'
import type { Note, Source } from './source'
import type { Stack } from './stack'

const PLAIN_KEPT = 24 // bitmaps: a browser without Cornerstone still scrolls back and forth

let panes = 0

export class Painter {
  shot: Shot | null = null
  plain = false
  /** Cornerstone is on its way. */
  starting = false
  private readonly name = `pane-${panes++}`
  private readonly element = document.createElement('div')
  private readonly canvas = document.createElement('canvas')
  private readonly bitmaps = new Map<Shot, ImageBitmap>()
  private readonly ids = new Map<Shot, string>()
  private drawn: Drawing | null = null
  private stack: Stack | null = null
  private stacked: readonly string[] = []
  private target: Shot | null = null
  private showing = false
  private closed = false
  private quiet: () => void = () => undefined

  constructor(
    place: HTMLElement,
    private readonly changed: () => void,
  ) {
    this.element.className = 'pane-picture'
    this.canvas.className = 'pane-plain'
    place.append(this.element, this.canvas)
    this.show(null)
  }

  /** Cornerstone, once there is something to see: it is a megabyte. Loaded once; what failed is tried again. */
  start(): void {
    if (this.drawn || this.starting || this.closed) return
    this.starting = true
    void this.load().then(() => {
      this.starting = false
      this.changed()
    })
  }

  /** `cpu_only`: shown, but by the processor. */
  get quality(): 'shown' | 'cpu_only' {
    return this.drawn?.engine.hardware() === 'cpu' ? 'cpu_only' : 'shown'
  }

  /** Whether Cornerstone is there: what was fetched before is then fetched again, exactly. */
  get exact(): boolean {
    return this.drawn !== null
  }

  /** What is to be said of what is on the screen; of a picture that the server drew it is said already. */
  get note(): Note {
    const id = this.shot && !this.plain ? this.ids.get(this.shot) : undefined
    return (id !== undefined && this.drawn?.engine.noteOf(id)) || null
  }

  has(shot: Shot): boolean {
    const id = this.ids.get(shot)
    return this.bitmaps.has(shot) || (id !== undefined && !!this.drawn?.engine.isLoaded(id))
  }

  /** Fetched and decoded; by the server where Cornerstone is missing or cannot. Raises SourceFailed. */
  async fetch(shot: Shot, source: Source, greys: Greys | null, signal: AbortSignal): Promise<void> {
    if (!this.drawn) return this.fetchPlain(shot, source, greys, signal)
    const id = this.ids.get(shot) ?? this.drawn.engine.announce(shot, source)
    this.ids.set(shot, id)
    try {
      await this.drawn.engine.fetchImage(id, signal)
      if (shot !== this.shot || !this.plain) this.dropPlain(shot)
      else this.show(this.target) // on the screen until the exact one is there
    } catch (error) {
      if (signal.aborted || !(error instanceof SourceFailed) || error.kind !== 'unreadable') throw error
      await this.fetchPlain(shot, source, greys, signal)
    }
  }

  async fetchPlain(shot: Shot, source: Source, greys: Greys | null, signal: AbortSignal): Promise<void> {
    const { study, series, instance } = shot.instance
    await this.keepPlain(shot, await source.rendered({ study, series, instance, frame: shot.frame }, greys, signal))
  }

  /** Raises SourceFailed `unreadable`. */
  async keepPlain(shot: Shot, blob: Blob): Promise<void> {
    const bitmap = await createImageBitmap(blob).catch(() => {
      throw new SourceFailed('unreadable')
    })
    this.dropPlain(shot)
    this.bitmaps.set(shot, bitmap)
    for (const old of this.bitmaps.keys()) {
      if (this.bitmaps.size <= PLAIN_KEPT) break
      if (old !== this.shot && old !== shot) this.dropPlain(old)
    }
  }

  /** Makes a fetched picture the current one; the newest wish wins. Null: nothing. */
  show(shot: Shot | null): void {
    this.target = shot
    if (!this.showing) void this.pump()
  }

  /** The whole series, so that scrolling need not tell Cornerstone of each. */
  know(shots: readonly Shot[], source: Source): void {
    if (!this.drawn) return
    for (const shot of shots) {
      if (!this.ids.has(shot)) this.ids.set(shot, this.drawn.engine.announce(shot, source))
    }
  }

  /** The instance's own window; else that of its values, once they are there. */
  ownGreys(instance: Instance): Greys | null {
    const own = instance.windows[0]?.greys
    if (own || this.plain) return own ?? null
    const image = this.stack?.getCornerstoneImage()
    return image ? greysBetween(image.minPixelValue, image.maxPixelValue, instance.tables) : null
  }

  paint(sight: Sight, greys: Greys | null, size: Size): void {
    const { shot, stack, drawn } = this
    if (!shot) return this.paintNothing()
    this.element.hidden = this.plain
    this.canvas.hidden = !this.plain
    if (this.plain) return this.paintPlain(shot, sight, greys, size)
    if (!stack || !drawn) return
    if (resized(stack.canvas, size)) drawn.engine.resize()
    drawn.stack.apply(stack, sight, greys, shot.instance)
    drawn.stack.draw(stack)
  }

  paintNothing(): void {
    this.element.hidden = true
    this.canvas.hidden = true
  }

  /** Another series: nothing of this one stays. */
  clear(): void {
    this.shot = this.target = null
    this.plain = false
    for (const shot of [...this.bitmaps.keys()]) this.dropPlain(shot)
    this.drawn?.engine.forget([...this.ids.values()])
    this.ids.clear()
    this.stacked = []
  }

  close(): void {
    this.closed = true
    this.quiet()
    this.clear()
    if (this.stack) this.drawn?.engine.disable(this.name)
    this.stack = null
    this.element.remove()
    this.canvas.remove()
  }

  // ---- Cornerstone --------------------------------------------------------------------------------------------------

  private async load(): Promise<void> {
    this.drawn = await loadDrawing().catch(() => null) // without it the plain canvas goes on
    if (this.drawn && !this.closed) this.quiet = this.drawn.engine.onRestart(() => this.restarted())
  }

  /** The GPU was lost and there is a new renderer: this pane's picture goes onto it. */
  private restarted(): void {
    this.stack = null
    this.stacked = []
    const shot = this.shot
    this.shot = null
    this.element.replaceChildren()
    this.show(shot)
  }

  private async pump(): Promise<void> {
    this.showing = true
    let better = false
    try {
      while (!this.closed && this.target && this.isDue(this.target) && (await this.put(this.target))) better = true
    } finally {
      this.showing = false
      if (better && !this.closed) this.changed()
    }
  }

  /** Not shown yet, or plainly while it is there exactly. */
  private isDue(shot: Shot): boolean {
    return shot !== this.shot || (this.plain && this.loaded(shot) !== undefined)
  }

  private loaded(shot: Shot): string | undefined {
    const id = this.ids.get(shot)
    return id !== undefined && this.drawn?.engine.isLoaded(id) ? id : undefined
  }

  /** False: there is nothing better to show. */
  private async put(shot: Shot): Promise<boolean> {
    const id = this.loaded(shot)
    const exact = id !== undefined && (await this.putExact(id))
    if (!exact && !this.bitmaps.has(shot)) {
      this.target = this.shot
      return false
    }
    const better = exact || shot !== this.shot
    this.plain = !exact
    this.shot = shot
    if (exact) this.dropPlain(shot)
    return better
  }

  private async putExact(id: string): Promise<boolean> {
    const { drawn } = this
    if (!drawn || this.closed) return false
    this.element.hidden = false // an element without a size gets no canvas
    this.stack ??= drawn.engine.enable(this.element, this.name)
    if (!this.stacked.includes(id)) {
      this.stacked = [...this.ids.values()]
      await this.stack.setStack([...this.stacked], this.stacked.indexOf(id))
    }
    return drawn.stack.showImage(this.stack, id)
  }

  // ---- the plain canvas ---------------------------------------------------------------------------------------------

  private paintPlain(shot: Shot, sight: Sight, greys: Greys | null, size: Size): void {
    const bitmap = this.bitmaps.get(shot)
    if (!bitmap) return
    const to = affineOf(sight, shot.instance.geometry, size)
    paintPlain(this.canvas, bitmap, to, size, greys)
  }

  private dropPlain(shot: Shot): void {
    this.bitmaps.get(shot)?.close()
    this.bitmaps.delete(shot)
  }
}
