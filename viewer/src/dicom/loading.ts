// Bringing a series onto a pane, what is looked at first, each with the line to itself: the server's small picture of it, its
// own values, how the series goes on, then its neighbours and the rest. What fails says why and is tried again.
import type { Picture, Voi } from '../session/wire.gen'
import { fromVoi } from './view'
import type { Greys } from './view'
import type { Painter } from './painter'
import { Prefetch } from './prefetch'
import type { Shot } from './provider'
import { Series } from './series'
import { SourceFailed } from './source'
import type { Failure, Source } from './source'

const PREFETCH = { lanes: 2, room: 400, near: 5, alone: 2 }
const REST_MS = 200
const AGAIN_MS = 3_000 // after a failure that may pass; then twice as long each time
const AGAIN_MOST_MS = 30_000

export class Loading {
  readonly series: Series
  failure: Failure | null = null
  private voi: Voi | null = null
  private greys: Greys | null = null
  private readonly prefetch: Prefetch
  private readonly control = new AbortController()
  private place = -1
  private asked = -1
  private way: 1 | -1 = 1
  private wasExact = false
  private wait = AGAIN_MS
  private timer: ReturnType<typeof setTimeout> | undefined
  private rest: ReturnType<typeof setTimeout> | undefined
  /** The preview is there, or will not come: what is larger may be asked for. */
  private previewed = false
  private settled: () => void = () => undefined

  constructor(
    private readonly source: Source,
    private readonly image: Picture,
    private readonly painter: Painter,
    private readonly changed: () => void,
  ) {
    this.series = new Series(source, image)
    this.prefetch = new Prefetch(
      (at, signal) => this.fetch(at, signal),
      PREFETCH,
      () => this.came(),
    )
    void this.begin()
  }

  /** Whether anything of the series is known. */
  get begun(): boolean {
    return this.series.shots.length > 0
  }

  /** 0: not known yet. */
  get count(): number {
    return this.series.whole ? this.series.shots.length : 0
  }

  get behind(): number {
    return this.prefetch.behind
  }

  /** Whether what is looked at is yet to come, or yet to come exactly. */
  get coming(): boolean {
    const { place, prefetch } = this
    return place >= 0 && !prefetch.has(place) && !prefetch.hasFailed(place)
  }

  at(place: number): Picture | null {
    const shot = this.series.shots[place]
    return shot ? picture(shot) : null
  }

  /** Somebody looks at this place, with this window. `playing`: cine came by; in its order all are fetched already, and what
   * is on its way is not given up for the picture that is due now. */
  look(place: number, voi: Voi | null, playing = false): void {
    if (voi !== this.voi) this.window(voi)
    if (place !== this.place) this.turnTo(place)
    this.place = place
    this.order(place, playing)
    const shot = this.series.shots[place]
    if (shot && this.painter.has(shot)) this.painter.show(shot)
  }

  retry(): void {
    clearTimeout(this.timer)
    this.failure = null
    if (this.begun) this.prefetch.retry()
    else void this.begin()
    if (this.begun && !this.series.whole) void this.others()
  }

  close(): void {
    clearTimeout(this.timer)
    clearTimeout(this.rest)
    this.control.abort()
    this.series.close()
    this.prefetch.close()
    this.settled()
  }

  /** Fetching follows whoever looks. */
  private order(place: number, playing: boolean): void {
    if (this.painter.exact && !this.wasExact) {
      this.wasExact = true
      this.lookAgain()
    }
    if (!this.previewed || this.painter.starting || this.asked === place) return
    if (playing && this.asked >= 0 && this.prefetch.behind > 0) return
    this.asked = place
    this.prefetch.look(place, this.series.shots.length, this.way)
  }

  /** Places mean other pictures now, or all are to come in another way. */
  private lookAgain(): void {
    this.prefetch.reset()
    this.asked = -1
  }

  /** What failed was another picture: this one has its own tries. */
  private turnTo(place: number): void {
    this.way = place < this.place ? -1 : 1
    if (!this.begun || this.place < 0) return
    this.failure = null
    this.wait = AGAIN_MS
  }

  /** The plain picture is windowed by the server: asked for again when the hand rests. */
  private window(voi: Voi | null): void {
    this.voi = voi
    this.greys = voi && fromVoi(voi)
    clearTimeout(this.rest)
    const { shot } = this.painter
    if (!shot || !this.painter.plain) return
    this.rest = setTimeout(() => {
      const fetched = this.painter.fetchPlain(shot, this.source, this.greys, this.control.signal)
      fetched.then(this.changed, () => undefined) // the picture that is there stays
    }, REST_MS)
  }

  private async begin(): Promise<void> {
    try {
      const first = this.series.first()
      const preview = this.preview(first)
      await first
      this.changed()
      await preview
      this.previewed = true
      this.painter.start()
      this.changed()
      await this.firstSettled()
    } catch (error) {
      return this.failed(error)
    }
    await this.others()
  }

  /** Until the first picture is there as well as can be, or has failed. */
  private firstSettled(): Promise<void> {
    return new Promise((resolve) => {
      this.settled = resolve
      if (!this.coming) resolve()
    })
  }

  private async others(): Promise<void> {
    const before = this.series.shots
    try {
      await this.series.rest()
    } catch (error) {
      return this.failed(error)
    }
    if (this.control.signal.aborted) return
    const { shots } = this.series
    this.painter.know(shots, this.source)
    if (shots.some((one, at) => one !== before[at])) this.lookAgain()
    this.changed()
  }

  /** Asked for together with the metadata: one round trip, and a twentieth of the bytes. */
  private async preview(first: Promise<unknown>): Promise<void> {
    const [blob, known] = await Promise.all([
      this.source.preview(this.image, this.greys, this.control.signal).catch(() => null),
      first.catch(() => null), // whoever asked for it hears why
    ])
    if (!known) return
    const shot = this.series.shots[this.series.placeOf(this.image)]
    if (!blob || !shot || this.control.signal.aborted || this.painter.shot) return
    await this.painter.keepPlain(shot, blob).catch(() => undefined)
    this.changed()
  }

  private async fetch(at: number, signal: AbortSignal): Promise<void> {
    const shot = this.series.shots[at]
    if (!shot) throw new SourceFailed('missing')
    try {
      await this.painter.fetch(shot, this.source, this.greys, signal)
      if (at === this.place) this.failure = null
      this.wait = AGAIN_MS
    } catch (error) {
      if (!signal.aborted && at === this.place) this.failed(error)
      throw error
    }
  }

  private came(): void {
    if (!this.coming) this.settled()
    this.changed()
  }

  /** Said; and where it may pass, tried again by itself. */
  private failed(error: unknown): void {
    if (this.control.signal.aborted) return
    this.failure = error instanceof SourceFailed ? error.kind : 'unreadable'
    clearTimeout(this.timer)
    if (error instanceof SourceFailed && error.passes) {
      this.timer = setTimeout(() => this.retry(), this.wait)
      this.wait = Math.min(2 * this.wait, AGAIN_MOST_MS)
    }
    this.changed()
  }
}

export function picture({ instance, frame }: Shot): Picture {
  return { study: instance.study, series: instance.series, instance: instance.instance, frame }
}
