// A replay that is open: the clock, what follows it, and as signals what the page shows. Started by `opening.ts`, drawn by
// the components beside this file.
import { signal } from '@preact/signals'

import { EMPTY_STATE } from '../session/fold'
import { NO_SIGHT } from '../session/looking'
import type { Change, Sight } from '../session/looking'
import type { Pointing } from '../session/pointing'
import { steady } from '../session/steady'
import type { ParticipantId, State } from '../session/wire.gen'
import { Course } from './course'
import { Lane } from './lane'
import { Media } from './media'
import { Nameless } from './nameless'
import { Onlooker } from './onlooker'
import { Player } from './player'
import type { Rate } from './player'
import { Loudness } from './speech'
import { codeOf } from './wire'
import { startedLast } from './started'
import type { Doors, Marker, Opened } from './wire'

const STEP_MS = 50 // media is looked after so often, also where nothing is drawn
const FRAME_US = 40_000
const AGAIN_MS = 1_500

export class Replay {
  readonly opened: Opened
  readonly player: Player
  /** µs; changes with every frame of the screen while it plays. */
  readonly t = signal(0)
  readonly playing = signal(false)
  readonly rate = signal<Rate>(1)
  /** It shall play, and waits for sound or pictures. */
  readonly waiting = signal(false)
  readonly state = signal<State>(EMPTY_STATE)
  readonly sight = signal<Sight>(NO_SIGHT)
  readonly pointing = signal<ReadonlyMap<ParticipantId, Pointing>>(new Map())
  readonly markers = signal<readonly Marker[] | null>(null)
  readonly loudness = signal<Loudness | null>(null)
  readonly media: Media
  /** What could not be had of it; '' = all is well. */
  readonly trouble = signal('')
  /** Why it was cut; '' = it was not. */
  readonly cut = signal('')
  /** How long a frame of the picture on the stage lasts, µs: for stepping. */
  frameUs = FRAME_US
  private readonly course = new Course()
  private readonly nameless = new Nameless()
  private readonly lane: Lane
  private readonly onlooker: Onlooker
  private timer: ReturnType<typeof setInterval> | undefined
  private later: ReturnType<typeof setTimeout> | undefined
  private frame = 0
  private watching: EventSource | null = null

  constructor(
    readonly doors: Doors,
    private readonly ended: AbortController,
  ) {
    this.opened = doors.opened
    this.player = new Player(doors.opened.length_us)
    this.media = new Media(doors)
    this.lane = new Lane(
      (from, to) => doors.fast(from, to),
      () => this.onlooker.anew(),
    )
    this.onlooker = new Onlooker(this.course, this.lane)
  }

  /** Fetches what it needs, and shows what is at `t`. */
  start(t: number): void {
    this.watch()
    this.fetch()
    this.jump(t)
    this.timer = setInterval(() => this.tend(), STEP_MS)
    const draw = (): void => {
      this.frame = requestAnimationFrame(draw)
      this.show()
    }
    draw()
  }

  close(): void {
    clearInterval(this.timer)
    clearTimeout(this.later)
    cancelAnimationFrame(this.frame)
    this.watching?.close()
    this.media.close()
    this.ended.abort()
    if (!this.cut.peek()) this.doors.close()
  }

  // ---- the hand -----------------------------------------------------------------------------------------------------

  toggle(): void {
    if (this.player.playing) this.player.pause(performance.now())
    else this.player.play(performance.now())
    this.tend()
  }

  setRate(rate: Rate): void {
    this.player.setRate(rate, performance.now())
    this.tend()
  }

  jump(t: number): void {
    this.player.jump(t, performance.now())
    if (!this.course.reaches(t)) this.lookUp(t)
    this.tend()
    this.show()
  }

  by(us: number): void {
    this.jump(this.t.peek() + us)
  }

  /** One frame on or back: it stops for that. */
  step(frames: number): void {
    this.player.pause(performance.now())
    this.by(frames * this.frameUs)
  }

  follow(): void {
    this.onlooker.together.rejoin()
    this.show()
  }

  lookOnMyOwn(): void {
    this.onlooker.together.lookOnMyOwn()
    this.show()
  }

  /** False: I follow, and my hand moves nothing. */
  change(viewport: number, change: Change): boolean {
    const taken = this.onlooker.together.change(viewport, change, this.t.peek(), 0)
    this.show()
    return taken
  }

  changeLayout(rows: number, columns: number): void {
    this.onlooker.together.changeOwnLayout(rows, columns)
    this.show()
  }

  // ---- what follows -------------------------------------------------------------------------------------------------

  /** Whether somebody talks, now. */
  talks(peer: number): boolean {
    return this.loudness.value?.talks(peer, this.t.value) ?? false
  }

  /** What the stage shows where nothing is pinned. */
  startedLast(): 'track' | 'pictures' {
    return startedLast(this.course.all, this.state.peek().seq)
  }

  /** Whether everything is there that belongs to this moment. */
  settled(): boolean {
    const t = this.player.at(performance.now())
    return this.course.reaches(t) && !this.media.lacks(t)
  }

  /** Media and clock are looked after. */
  private tend(): void {
    const now = performance.now()
    const { player } = this
    const t = player.at(now)
    this.media.step(t, player.rate, player.running)
    player.hold(this.media.lacks(t), now)
    player.poll(now)
    this.playing.value = player.playing
    this.rate.value = player.rate
    this.waiting.value = player.playing && !player.running
  }

  private show(): void {
    const t = this.player.at(performance.now())
    this.lane.look(t)
    this.onlooker.go(t)
    this.t.value = t
    const state = this.course.stateAt(t)
    this.state.value = this.opened.names ? state : this.nameless.of(state)
    this.sight.value = steady(this.onlooker.sight(), this.sight.peek())
    const pointing = this.onlooker.pointing()
    if (pointing.size > 0 || this.pointing.peek().size > 0) this.pointing.value = pointing
  }

  // ---- what comes ---------------------------------------------------------------------------------------------------

  private fetch(): void {
    const failed = (error: unknown): void => void (this.trouble.value = codeOf(error))
    this.doors.events((events) => this.heard(events)).then(() => this.course.end(), failed)
    this.doors.markers().then((markers) => (this.markers.value = markers), failed)
    this.listen()
  }

  /** Made when a recording is first opened: asked for again until it is there. */
  private listen(): void {
    this.doors.speech().then(
      (speech) => {
        this.loudness.value = new Loudness(speech)
      },
      (error: unknown) => {
        const code = codeOf(error)
        if (code === 'not_ready') this.later = setTimeout(() => this.listen(), AGAIN_MS)
        else this.trouble.value = code
      },
    )
  }

  private heard(events: Parameters<Course['add']>[0]): void {
    const before = this.course.reaches(this.t.peek())
    this.course.add(events)
    if (!before) this.onlooker.anew()
  }

  /** A state near `t`, where the events up to it are still to come. */
  private lookUp(t: number): void {
    if (t <= 0) return
    this.doors.snapshot(t).then(
      ({ t: at, state }) => {
        this.course.keep(at, state)
        this.onlooker.anew()
      },
      () => undefined, // the events are on their way all the same
    )
  }

  /** A consent or a grant that is taken back ends it at once. */
  private watch(): void {
    this.watching = new EventSource(this.doors.watch())
    this.watching.addEventListener('cut', (event) => {
      const { reason } = JSON.parse((event as MessageEvent<string>).data) as { reason: string }
      this.end(reason)
    })
    // A line that breaks is tried again by the browser; closed, it was refused.
    this.watching.onerror = () => {
      if (this.watching?.readyState === EventSource.CLOSED) this.end('other')
    }
  }

  private end(reason: string): void {
    if (this.cut.peek()) return
    this.player.pause(performance.now())
    this.cut.value = reason
    this.close()
  }
}
