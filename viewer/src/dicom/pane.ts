// One viewport on the page: it is told what shall be shown and shows it, by Cornerstone where that is there and on a plain
// canvas until then; marks lie over it. It decides nothing and sends nothing; what a hand does comes in as another `want`.
import { affineOf, fromArea, fromVoi, whole } from './view'
import type { Greys, Sight } from './view'
import { drawMark, drawPointer } from '../marks/draw'
import type { DrawnMark, DrawnPointer } from '../marks/draw'
import type { Affine, Size } from '../marks/affine'
import type { Area, Cine, Picture, Voi } from '../session/wire.gen'
import { cinePlace, untilNext } from './cine'
import type { Instance } from './metadata'
import type { Shot } from './provider'
import { Loading, picture } from './loading'
import { whatIsNew } from './news'
import type { News } from './news'
import { OnceAFrame } from './once'
import { Painter } from './painter'
import type { Source } from './source'

/** What a viewport shall show: a ViewportState whose picture is known. */
export interface Wanted {
  readonly image: Picture
  readonly area: Area | null
  readonly voi: Voi | null
  readonly cine: Cine | null
  /** Session µs at which `cine` began. */
  readonly cine_t: number
}

export class Pane {
  private wanted: Wanted | null = null
  private marks: readonly DrawnMark[] = []
  private pointers: readonly DrawnPointer[] = []
  private readonly over: HTMLCanvasElement
  private readonly observer: ResizeObserver
  private loading: Loading | null = null
  private readonly painter: Painter
  private readonly told: (news: News) => void
  private readonly frame = new OnceAFrame(() => this.paint())
  /** Of its own: a pointer that moves must not make the picture wait for a frame. */
  private readonly overFrame = new OnceAFrame(() => this.paintOver())
  private timer: ReturnType<typeof setTimeout> | undefined
  private closed = false

  constructor(
    readonly place: HTMLElement,
    private readonly source: Source,
    /** µs of the session's clock, now. */
    private readonly now: () => number,
    told: (news: News) => void,
  ) {
    this.told = whatIsNew(told)
    this.painter = new Painter(place, () => this.came())
    this.over = document.createElement('canvas')
    this.over.className = 'pane-marks'
    place.append(this.over)
    this.observer = new ResizeObserver(() => this.again())
    this.observer.observe(place)
  }

  want(wanted: Wanted | null): void {
    const before = this.wanted
    this.wanted = wanted
    if (!wanted) return this.open(null)
    if (before?.image.series !== wanted.image.series) this.open(wanted.image)
    // Another picture is drawn when the painter has it.
    if (before?.area !== wanted.area || before?.voi !== wanted.voi) this.again()
    this.step()
  }

  draw(marks: readonly DrawnMark[], pointers: readonly DrawnPointer[]): void {
    this.marks = marks
    this.pointers = pointers
    if (!this.closed) this.overFrame.ask()
  }

  /** Where the shown picture lies; null: none is shown. For pointing, drawing and whatever else follows the picture. */
  affine(): Affine | null {
    const shot = this.painter.shot
    const sight = shot && this.sight(shot.instance)
    return sight ? affineOf(sight, shot.instance.geometry, this.size()) : null
  }

  /** What is seen, for a hand to change. */
  seen(): { sight: Sight; greys: Greys | null; shot: Shot; size: Size } | null {
    const shot = this.painter.shot
    if (!shot) return null
    return { sight: this.sight(shot.instance), greys: this.greys(shot.instance), shot, size: this.size() }
  }

  /** The window that the shown instance has of itself. */
  own(): Greys | null {
    const instance = this.painter.shot?.instance
    return instance && !instance.colour ? this.painter.ownGreys(instance) : null
  }

  /** Pictures in the series, 0 = not known yet. */
  get count(): number {
    return this.loading?.count ?? 0
  }

  /** The picture so many places on; null: there is none. */
  beside(steps: number): Picture | null {
    const { loading, wanted } = this
    if (!loading || !wanted) return null
    return loading.at(Math.max(0, Math.min(loading.count - 1, this.due(wanted) + steps)))
  }

  retry(): void {
    if (this.wanted && !this.loading?.begun) this.open(this.wanted.image)
    this.loading?.retry()
    this.step()
  }

  close(): void {
    this.closed = true
    this.observer.disconnect()
    this.frame.close()
    this.overFrame.close()
    clearTimeout(this.timer)
    this.loading?.close()
    this.painter.close()
    this.place.replaceChildren()
  }

  // ---- what is due --------------------------------------------------------------------------------------------------

  private open(image: Picture | null): void {
    this.loading?.close()
    this.painter.clear()
    this.loading = image && new Loading(this.source, image, this.painter, () => this.came())
    this.again()
  }

  /** There is another picture than before, or the same one better. */
  private came(): void {
    this.again()
    this.step()
  }

  /** Something changed: the picture that is due is looked for, and shown once it is there. */
  private step(): void {
    const { wanted, loading } = this
    if (this.closed || !wanted || !loading) return
    const place = this.due(wanted)
    if (place >= 0) loading.look(place, wanted.voi, wanted.cine?.playing ?? false)
    clearTimeout(this.timer)
    if (wanted.cine?.playing && loading.count > 1) {
      this.timer = setTimeout(() => this.step(), untilNext(wanted.cine, wanted.cine_t, this.now()))
    }
    this.told(this.news(place))
  }

  private due({ image, cine, cine_t }: Wanted): number {
    const series = this.loading?.series
    if (!series) return -1
    if (!cine?.playing) return series.placeOf(image)
    const { from, count } = series.loop(image)
    if (from < 0 || count < 2) return series.placeOf(image)
    return from + cinePlace(cine, cine_t, this.now(), count)
  }

  private news(place: number): News {
    const { painter, loading } = this
    return {
      showing: this.showing(place),
      behind: loading?.behind ?? 0,
      failure: loading?.failure ?? null,
      shot: painter.shot,
      place,
      count: loading?.count ?? 0,
      plain: painter.plain,
      preview: painter.plain && (painter.starting || !!loading?.coming),
      note: painter.note,
    }
  }

  private showing(place: number): News['showing'] {
    const { painter, loading } = this
    if (loading?.failure) return loading.failure === 'unreadable' ? 'unsupported' : 'lost'
    const there = painter.shot !== null && painter.shot === loading?.series.shots[place]
    return there ? painter.quality : 'loading'
  }

  // ---- drawing ------------------------------------------------------------------------------------------------------

  private again(): void {
    if (!this.closed) this.frame.ask()
  }

  private paint(): void {
    const shot = this.painter.shot
    if (!this.wanted || !shot) this.painter.paintNothing()
    else this.painter.paint(this.sight(shot.instance), this.greys(shot.instance), this.size())
    this.paintOver()
    // For who measures (loadtest/views.py): what is drawn.
    const detail = shot && { ...this.wanted, image: picture(shot) }
    this.place.dispatchEvent(new CustomEvent('painted', { detail, bubbles: true }))
  }

  private paintOver(): void {
    const ratio = window.devicePixelRatio || 1
    const [width, height] = [this.place.clientWidth, this.place.clientHeight].map((css) => Math.round(css * ratio))
    if (this.over.width !== width) this.over.width = width ?? 0
    if (this.over.height !== height) this.over.height = height ?? 0
    const pen = this.over.getContext('2d')
    const to = this.affine()
    if (!pen) return
    pen.setTransform(1, 0, 0, 1, 0, 0)
    pen.clearRect(0, 0, this.over.width, this.over.height)
    if (!to) return
    pen.setTransform(ratio, 0, 0, ratio, 0, 0)
    for (const mark of this.marks) drawMark(pen, mark, to)
    for (const pointer of this.pointers) drawPointer(pen, pointer, to, this.size())
  }

  private sight(instance: Instance): Sight {
    return this.wanted?.area ? fromArea(this.wanted.area, instance.geometry) : whole(instance.geometry)
  }

  /** Null: colours are shown as they are. */
  private greys(instance: Instance): Greys | null {
    if (instance.colour) return null
    return this.wanted?.voi ? fromVoi(this.wanted.voi) : this.painter.ownGreys(instance)
  }

  /** The canvas in CSS px: a whole number of device px. */
  private size(): Size {
    const ratio = window.devicePixelRatio || 1
    const whole = (css: number): number => Math.max(1, Math.round(css * ratio)) / ratio
    return { width: whole(this.place.clientWidth), height: whole(this.place.clientHeight) }
  }
}
