import { beforeEach, describe, expect, it } from 'vitest'

import { backoff } from './backoff'
import { Link, RequestFailed } from './link'
import type { LinkStatus, Socket } from './link'
import type { ServerMessage } from './wire.gen'

class FakeSocket implements Socket {
  sent: Record<string, unknown>[] = []
  closed = false
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: (() => void) | null = null
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>)
  }
  close(): void {
    this.closed = true
  }
  say(message: object | string): void {
    this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) })
  }
}

/** A world whose clock is turned by hand. */
class World {
  time = 0
  sockets: FakeSocket[] = []
  private timers: { at: number; then: () => void; off: boolean }[] = []
  open = (): Socket => {
    const socket = new FakeSocket()
    this.sockets.push(socket)
    return socket
  }
  now = (): number => this.time
  dice = (): number => 0.5
  after = (ms: number, then: () => void): (() => void) => {
    const timer = { at: this.time + ms, then, off: false }
    this.timers.push(timer)
    return () => {
      timer.off = true
    }
  }
  turn(ms: number): void {
    const until = this.time + ms
    for (;;) {
      const due = this.timers.filter((timer) => !timer.off && timer.at <= until).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      due.off = true
      this.time = due.at
      due.then()
    }
    this.time = until
  }
  get socket(): FakeSocket {
    return this.sockets[this.sockets.length - 1]!
  }
}

let world: World
let link: Link
let heard: ServerMessage[]
let statuses: LinkStatus[]
let opened: number
let clocks: number[]

beforeEach(() => {
  world = new World()
  heard = []
  statuses = []
  opened = 0
  clocks = []
  link = new Link(world, {
    opened: () => opened++,
    closed: () => undefined,
    message: (message) => heard.push(message),
    status: (status) => statuses.push(status),
    clock: (zeroMs) => clocks.push(zeroMs),
  })
  link.start()
  world.socket.onopen?.()
})

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  )

describe('requests', () => {
  it('resolve with the message of their number', async () => {
    const first = link.request({ type: 'leave' })
    const second = link.request({ type: 'hang_up' })
    const [a, b] = world.socket.sent.filter((message) => 're' in message)
    world.socket.say({ type: 'done', re: b!['re'] })
    world.socket.say({ type: 'done', re: a!['re'] })
    expect(await first).toEqual({ type: 'done', re: a!['re'] })
    expect(await second).toEqual({ type: 'done', re: b!['re'] })
  })

  it('are refused with the code of the error', async () => {
    const asked = failure(link.request({ type: 'leave' }))
    world.socket.say({ type: 'error', re: 1, code: 'forbidden', detail: '' })
    expect(await asked).toMatchObject({ code: 'forbidden' })
    expect(heard).toEqual([])
  })

  it('made while the connection is being made are sent, after the greeting, once it is there', async () => {
    link.restart()
    const early = link.request({ type: 'leave' })
    expect(world.socket.sent).toEqual([])
    world.socket.onopen?.()
    const asked = world.socket.sent.find((message) => message['type'] === 'leave')
    world.socket.say({ type: 'done', re: asked!['re'] })
    expect(await early).toMatchObject({ type: 'done' })
  })

  it('fail when the connection goes, and when nobody answers', async () => {
    const cut = failure(link.request({ type: 'leave' }))
    world.socket.onclose?.()
    expect(await cut).toMatchObject({ code: 'disconnected' })
    expect(await failure(link.request({ type: 'leave' }))).toBeInstanceOf(RequestFailed)
  })

  it('fail after fifteen seconds although the connection lives', async () => {
    const slow = failure(link.request({ type: 'leave' }))
    for (let second = 0; second < 16; second++) {
      world.turn(1_000)
      const pings = world.socket.sent.filter((message) => message['type'] === 'ping')
      world.socket.say({ type: 'pong', n: pings[pings.length - 1]!['n'], t: 0, at: 0 })
    }
    expect(await slow).toMatchObject({ code: 'timeout' })
    expect(link.status).toBe('open')
  })

  it('leave other messages to the listener', () => {
    world.socket.say({ type: 'error', re: 0, code: 'malformed', detail: '' })
    world.socket.say({ type: 'goodbye', reason: 'server_stopping' })
    expect(heard.map((message) => message.type)).toEqual(['error', 'goodbye'])
  })

  it.each(['nonsense', '[]', '3', 'null', '{"a":1}'])('ignore a frame that is not ours: %s', (text) => {
    world.socket.say(text)
    expect(heard).toEqual([])
  })
})

describe('the connection', () => {
  it('comes back by itself, later each time', () => {
    const gaps: number[] = []
    for (let i = 0; i < 4; i++) {
      const before = world.time
      const count = world.sockets.length
      world.socket.onclose?.()
      while (world.sockets.length === count) world.turn(50)
      gaps.push(world.time - before)
    }
    expect(gaps).toEqual([300, 600, 1_200, 2_400])
    world.socket.onopen?.()
    expect(opened).toBe(2)
    expect(link.status).toBe('open')
  })

  it('forgets its failures once the server speaks', () => {
    world.socket.onclose?.()
    world.turn(300)
    world.socket.onopen?.()
    world.socket.say({ type: 'pong', n: 0, t: 0, at: 0 })
    world.socket.onclose?.()
    world.turn(300)
    expect(world.sockets.length).toBe(3)
  })

  it("learns the server's clock from the quickest round trip, halfway in it, and anew with each connection", () => {
    const answer = (n: number, afterMs: number, at: number): void => {
      world.turn(afterMs)
      world.socket.say({ type: 'pong', n, t: 0, at })
    }
    answer(1, 100, 1_000_050) // asked at 0, answered at 50
    world.turn(300)
    answer(2, 20, 1_000_400) // asked at 400, answered at 410 by a clock 10 ms behind: quicker, so it counts
    world.turn(380)
    answer(3, 200, 1_000_700) // slower: who knows where in it
    expect(clocks).toEqual([1_000_000, 999_990])
    world.socket.onclose?.()
    world.turn(300)
    world.socket.onopen?.()
    const asked = world.time
    const ping = world.socket.sent[0]!['n'] as number
    answer(ping, 300, 5_000_000)
    expect(clocks[2]).toBe(5_000_000 - (asked + 150))
  })

  it('measures the round trip: the least of several, and not by one alone', () => {
    const answer = (n: number, afterMs: number): void => {
      world.turn(afterMs)
      world.socket.say({ type: 'pong', n, t: 0, at: 0 })
    }
    answer(1, 120)
    expect(link.rttMs).toBe(0)
    world.turn(280) // the next ping goes out
    answer(2, 42)
    expect(link.rttMs).toBe(42)
  })

  it('is given up when pings are not answered', () => {
    const first = world.socket
    world.turn(10_000)
    expect(first.closed).toBe(true)
    expect(statuses).toContain('waiting')
  })

  it('stays away after stop', () => {
    link.stop()
    world.turn(60_000)
    expect(world.sockets.length).toBe(1)
    expect(world.socket.closed).toBe(true)
  })

  it('restarts at once', () => {
    link.restart()
    expect(world.sockets.length).toBe(2)
    expect(world.sockets[0]!.closed).toBe(true)
  })
})

describe('backoff', () => {
  it('grows to a bound and never leaves ±20 %', () => {
    for (let failures = 0; failures < 40; failures++) {
      for (const dice of [0, 0.5, 0.999]) {
        const wait = backoff(failures, dice)
        expect(wait).toBeGreaterThanOrEqual(240)
        expect(wait).toBeLessThanOrEqual(9_600)
      }
    }
  })
})
