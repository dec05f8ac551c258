// The WebSocket to the server: one request–answer table, pings, and coming back by itself with back-off.
// Sockets, timers and dice are arguments, so that tests need no network and no waiting.
import { backoff } from './backoff'
import type { ClientMessage, ErrorCode, Pong, ServerMessage } from './wire.gen'

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
type WithRe = Extract<ClientMessage, { re: number }>
/** A request before it has its number. */
export type Request = Without<WithRe, 're'>
/** A message nobody answers with `re`. */
export type OneWay = Exclude<ClientMessage, { re: number }>

export type LinkStatus = 'off' | 'connecting' | 'open' | 'waiting'
export type FailCode = ErrorCode | 'disconnected' | 'timeout'

/** A request that was refused, or whose connection went. */
export class RequestFailed extends Error {
  constructor(readonly code: FailCode) {
    super(code)
  }
}

/** The part of WebSocket that is used. */
export interface Socket {
  send(text: string): void
  close(): void
  onopen: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: (() => void) | null
}

export interface LinkWorld {
  open(): Socket
  now(): number
  after(ms: number, then: () => void): () => void
  dice(): number
}

export interface LinkListener {
  opened(): void
  closed(): void
  message(message: ServerMessage): void
  status(status: LinkStatus): void
  /** Unix ms at the server when `LinkWorld.now()` was 0. */
  clock(zeroMs: number): void
}

const ANSWER_WITHIN_MS = 15_000
const PING_EVERY_MS = 5_000
const FIRST_PINGS = 4 // close together, so that a call placed soon after has a measured round trip
const FIRST_PING_EVERY_MS = 400
const RTTS_KEPT = 6
const PONG_WITHIN_MS = 10_000 // two missed pings: the path is dead although TCP does not know yet

interface Pending {
  resolve(message: ServerMessage): void
  reject(error: RequestFailed): void
  stop(): void
  text: string
}

export class Link {
  private readonly rtts: number[] = []
  private surestMs = Infinity
  status: LinkStatus = 'off'
  private socket: Socket | null = null
  private failures = 0
  private nextRe = 1
  private pings = new Map<number, number>()
  private nextPing = 1
  private readonly pending = new Map<number, Pending>()
  private stopTimer = (): void => undefined
  private stopDeadline = (): void => undefined

  constructor(
    private readonly world: LinkWorld,
    private readonly listener: LinkListener,
  ) {}

  /** Round trip, ms; 0 = not (well enough) measured. The least of the last few: a busy page adds to each, the line
   * does not, and one alone may be all page. */
  get rttMs(): number {
    return this.rtts.length < 2 ? 0 : Math.min(...this.rtts)
  }

  start(): void {
    if (this.status === 'off') this.connect()
  }

  stop(): void {
    this.drop()
    this.set('off')
  }

  /** Try now instead of when the back-off says so (the network is back; the user asked). */
  retryNow(): void {
    if (this.status === 'waiting') this.connect()
  }

  /** The page was asleep: ask at once whether the line still lives. */
  check(): void {
    if (this.status !== 'open') return this.retryNow()
    this.stopTimer()
    this.ping()
  }

  /** Leave the present connection and open a new one at once. */
  restart(): void {
    if (this.status === 'off') return
    this.drop()
    this.connect()
  }

  send(message: OneWay): void {
    if (this.status === 'open') this.socket?.send(JSON.stringify(message))
  }

  /** Resolves with the message that carries this request's number; rejects with RequestFailed. While the connection
   * is being made, the request waits for it: somebody quicker than the network has pressed for good. */
  request(body: Request): Promise<ServerMessage> {
    const socket = this.socket
    if (!socket) return Promise.reject(new RequestFailed('disconnected'))
    const re = this.nextRe++
    return new Promise((resolve, reject) => {
      const stop = this.world.after(ANSWER_WITHIN_MS, () => {
        this.pending.delete(re)
        reject(new RequestFailed('timeout'))
      })
      const text = JSON.stringify({ ...body, re })
      this.pending.set(re, { resolve, reject, stop, text })
      if (this.status === 'open') socket.send(text)
    })
  }

  private connect(): void {
    this.stopTimer()
    this.set('connecting')
    const socket = this.world.open()
    this.socket = socket
    socket.onopen = () => this.opened()
    socket.onmessage = (event) => this.received(event.data)
    socket.onclose = () => this.lost()
  }

  private opened(): void {
    const early = [...this.pending.values()]
    this.surestMs = Infinity // the machine may have slept, the server may be another
    this.set('open')
    this.listener.opened()
    for (const waiting of early) this.socket?.send(waiting.text)
    this.ping()
  }

  private lost(): void {
    this.drop()
    this.set('waiting')
    this.stopTimer = this.world.after(backoff(this.failures++, this.world.dice()), () => this.connect())
  }

  /** Forget the present socket; whoever waits for an answer is told. */
  private drop(): void {
    this.stopTimer()
    this.stopDeadline()
    this.pings.clear()
    const socket = this.socket
    this.socket = null
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null
      socket.close()
    }
    for (const waiting of this.pending.values()) {
      waiting.stop()
      waiting.reject(new RequestFailed('disconnected'))
    }
    this.pending.clear()
    if (socket) this.listener.closed()
  }

  private received(data: unknown): void {
    const message = parse(data)
    if (!message) return
    this.failures = 0
    if (message.type === 'pong') this.ponged(message)
    const waiting = 're' in message ? this.pending.get(message.re) : undefined
    if (!waiting || !('re' in message)) return this.listener.message(message)
    this.pending.delete(message.re)
    waiting.stop()
    if (message.type === 'error') waiting.reject(new RequestFailed(message.code))
    else waiting.resolve(message)
  }

  private ping(): void {
    const n = this.nextPing++
    this.pings.set(n, this.world.now())
    this.send({ type: 'ping', n, rtt_ms: this.rttMs })
    if (this.pings.size === 1) this.stopDeadline = this.world.after(PONG_WITHIN_MS, () => this.lost())
    const wait = this.rtts.length < FIRST_PINGS ? FIRST_PING_EVERY_MS : PING_EVERY_MS
    this.stopTimer = this.world.after(wait, () => this.ping())
  }

  private ponged({ n, at }: Pong): void {
    const sent = this.pings.get(n)
    if (sent === undefined) return
    this.tellClock(sent, at)
    this.rtts.push(Math.min(60_000, Math.max(1, Math.round(this.world.now() - sent))))
    if (this.rtts.length > RTTS_KEPT) this.rtts.shift()
    this.pings.clear()
    this.stopDeadline()
  }

  /** The quicker the round trip, the surer where in it the server looked at its clock: halfway, as NTP assumes. */
  private tellClock(sent: number, at: number): void {
    const now = this.world.now()
    if (now - sent > this.surestMs) return
    this.surestMs = now - sent
    this.listener.clock(at - (sent + now) / 2)
  }

  private set(status: LinkStatus): void {
    this.status = status
    this.listener.status(status)
  }
}

/** The server is ours and typed; a frame that is no JSON object with a `type` is not ours and is ignored. */
function parse(data: unknown): ServerMessage | null {
  if (typeof data !== 'string') return null
  try {
    const value: unknown = JSON.parse(data)
    return typeof value === 'object' && value !== null && 'type' in value ? (value as ServerMessage) : null
  } catch {
    return null
  }
}
