// A simulated consultation for the tests of looking together: a server that orders and folds, a plane that relays, links
// that delay, lose and reorder; a clock that is cranked by hand.
import { stateHash } from './canonical'
import { decodeFast } from './fast'
import { EMPTY_STATE, fold } from './fold'
import { LookingTogether } from './looking'
import type { Out } from './looking'
import type { RestOut } from './sending'
import type { Joined, LogEvent, ParticipantId, State } from './wire.gen'

export const ZERO_MS = 1_790_000_000_000 // Unix ms when the page's clock was 0

/** What waits to happen, by time; equal times in the order in which they were put. */
export class Clock {
  now = 0
  private readonly waiting: { at: number; then: () => void }[] = []

  after(ms: number, then: () => void): void {
    this.waiting.push({ at: this.now + ms, then })
  }

  pass(ms: number): void {
    const until = this.now + ms
    for (;;) {
      const next = this.waiting.reduce<number>((best, one, n) => {
        return one.at <= until && (best < 0 || one.at < (this.waiting[best]?.at ?? 0)) ? n : best
      }, -1)
      if (next < 0) break
      const [due] = this.waiting.splice(next, 1)
      if (!due) break
      this.now = Math.max(this.now, due.at)
      due.then()
    }
    this.now = until
  }
}

export interface Line {
  /** ms, drawn anew for every message. */
  delay(): number
  lost(): boolean
}

/** One page. Events come in order, each as late as the line says; fast messages as the line likes. */
export class Page {
  readonly together = new LookingTogether(() => ZERO_MS)
  state: State = EMPTY_STATE
  online = true
  private readonly asked = new Set<RestOut>()
  private connection = 0
  private timer = 0
  private lastMs = 0

  constructor(
    readonly world: World,
    readonly me: ParticipantId,
    readonly line: Line,
  ) {}

  /** The connection goes: whoever waits for an answer is told so, and what comes meanwhile is missed. */
  cutOff(): void {
    this.online = false
    const waiting = [...this.asked]
    this.asked.clear()
    for (const view of waiting) this.together.refused(view, true, this.world.clock.now)
  }

  /** From a snapshot: joined, or come back. */
  join(): void {
    this.cutOff()
    this.online = true
    this.connection++
    this.state = this.world.state
    this.together.follow(this.state, this.me, [])
    this.step()
  }

  event(event: LogEvent): void {
    this.comes(() => {
      if (event.seq !== this.state.seq + 1) return // before the snapshot
      this.state = fold(this.state, event)
      this.together.follow(this.state, this.me, [event])
      this.step()
    })
  }

  fast(bytes: Uint8Array): void {
    if (this.line.lost()) return
    this.world.clock.after(this.line.delay(), () => {
      if (!this.online) return
      this.together.fast(bytes, this.world.clock.now)
      this.step()
    })
  }

  do(act: (together: LookingTogether, nowMs: number) => void): void {
    act(this.together, this.world.clock.now)
    this.step()
  }

  step(): void {
    const { clock } = this.world
    if (!this.online) return
    for (const out of this.together.poll(clock.now)) this.send(out)
    const due = this.together.deadline()
    const mine = ++this.timer
    if (due !== null) clock.after(Math.max(0, due - clock.now), () => mine === this.timer && this.step())
  }

  private send(out: Out): void {
    this.world.sent.push({ by: this.me, out, atMs: this.world.clock.now })
    if (out.kind === 'fast') {
      if (!this.line.lost()) this.world.clock.after(this.line.delay(), () => this.world.relay(this.me, out.bytes))
      return
    }
    const { epoch, view } = out
    this.asked.add(view)
    this.world.clock.after(this.line.delay(), () => {
      const taken = this.world.changeView(this.me, epoch, view)
      this.comes(() => {
        if (!this.asked.delete(view) || taken) return
        this.do((together, nowMs) => together.refused(view, false, nowMs))
      })
    })
  }

  /** Over the link: in order, and only while it is the same connection. */
  private comes(then: () => void): void {
    const { clock } = this.world
    this.lastMs = Math.max(clock.now + this.line.delay(), this.lastMs)
    const mine = this.connection
    clock.after(this.lastMs - clock.now, () => this.online && mine === this.connection && then())
  }
}

export class World {
  readonly clock = new Clock()
  readonly pages = new Map<ParticipantId, Page>()
  readonly sent: { by: ParticipantId; out: Out; atMs: number }[] = []
  state: State = EMPTY_STATE

  write(body: LogEvent['body'], by = 0): void {
    const event: LogEvent = { seq: this.state.seq + 1, t: Math.round(this.clock.now * 1000), by, body }
    this.state = fold(this.state, event)
    for (const page of this.pages.values()) if (page.online) page.event(event)
  }

  arrive(number: number, line: Line): Page {
    const participant = number as ParticipantId
    const person: Joined['person'] = {
      account: String.fromCharCode(96 + number).repeat(26) as Joined['person']['account'],
      name: `P${number}`,
      role: 'specialist',
      site: 'S',
      institution: 'i'.repeat(26) as Joined['person']['institution'],
      department: '',
    }
    this.write({ type: 'joined', participant, person })
    const page = new Page(this, participant, line)
    this.pages.set(participant, page)
    page.join()
    return page
  }

  /** As the heart decides (sefaw_rtc/consultation/views.py). */
  changeView(by: ParticipantId, epoch: number, view: RestOut): boolean {
    const { lead, viewports } = this.state.looking
    if (lead.holder !== by || lead.epoch !== epoch || view.viewport >= viewports.length) return false
    this.write({ type: 'view_changed', epoch, ...view }, by)
    return true
  }

  /** As the plane does: to everybody else, with the sender filled in, if it may send this at all. */
  relay(by: ParticipantId, bytes: Uint8Array): void {
    const message = decodeFast(bytes)
    const { lead } = this.state.looking
    if (!message) throw new Error('a page sent what is no message')
    const leads = lead.holder === by && lead.epoch === message.header.epoch
    if (message.body.kind !== 'pointer' && !leads) return
    const relayed = bytes.slice()
    new DataView(relayed.buffer).setUint16(9, by)
    for (const [who, page] of this.pages) if (who !== by && page.online) page.fast(relayed)
  }
}

/** All that a page shows, for comparing pages: the log's hash, and every viewport as it is drawn. */
export async function picture(page: Page): Promise<string> {
  const { rows, columns, viewports } = page.together.sight()
  const views = viewports.map(({ image, area, voi, cine, cine_t }) => ({ image, area, voi, cine, cine_t }))
  return JSON.stringify({ hash: await stateHash(page.state), rows, columns, views })
}
