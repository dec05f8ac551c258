// The wiring of looking together: which way what goes, and what the signals say.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import type { LogEvent, ServerMessage } from '../session/wire.gen'

const sent: Record<string, unknown>[] = []
const asked: { body: Record<string, unknown>; fail(code: string): void }[] = []
const channel = { readyState: 'open', bufferedAmount: 0, send: (bytes: Uint8Array) => datagrams.push(bytes) }
const datagrams: Uint8Array[] = []
let peer: object | null = null

vi.mock('./wire', () => ({
  link: {
    send: (message: Record<string, unknown>) => sent.push(message),
    request: (body: Record<string, unknown>) =>
      new Promise((_, reject) => asked.push({ body, fail: (code) => reject(new RequestFailed(code as never)) })),
  },
}))
vi.mock('./media', () => ({ currentPeer: () => peer, fastLane, closeMedia: () => undefined }))
const fastLane = { received: (_bytes: Uint8Array): void => void _bytes }

const { RequestFailed } = await import('../session/link')
const store = await import('../session/store')
const { emptyView, apply } = await import('../session/view')
const { decodeFast, encodeFast } = await import('../session/fast')
const looking = await import('./looking')
const { area, image, voi } = await import('../session/looking_words.testing')

const OPEN = { settled: true, fast: channel }
looking.followLooking()

function happen(...bodies: LogEvent['body'][]): void {
  const view = store.view.peek()!
  const events = bodies.map((body, n): LogEvent => ({ seq: view.state.seq + 1 + n, t: 0, by: 0, body }))
  const { view: next, fresh } = apply(view, { type: 'events', events } as ServerMessage)
  store.view.value = next
  looking.lookedAt(next, fresh)
}

const person = (account: string) => ({
  account: account.repeat(26),
  name: 'N',
  role: 'specialist',
  site: 'S',
  institution: 'i'.repeat(26),
  department: '',
})

beforeEach(() => {
  vi.useFakeTimers()
  peer = OPEN
  channel.readyState = 'open'
  channel.bufferedAmount = 0
  store.view.value = { ...emptyView('c' as never), me: 1 as never }
  store.seated.value = true
  happen(
    ...([1, 2].map((participant) => ({
      type: 'joined',
      participant,
      person: person(participant === 1 ? 'a' : 'b'),
    })) as never[]),
    { type: 'lead_changed', holder: 1, epoch: 7, reason: 'began' },
    {
      type: 'view_changed',
      epoch: 7,
      viewport: 0,
      image: image('1', 1),
      area: null,
      voi: voi(0),
      cine: null,
      counter: 0,
    },
  )
  sent.length = asked.length = datagrams.length = 0
})
afterEach(() => {
  looking.stopLooking()
  store.notice.value = null
  vi.useRealTimers()
})

it('sends a drag on the data channel and then asks for the View at rest', () => {
  expect(looking.changeView(0, { area: area(5) })).toBe(true)
  expect(store.sight.value.viewports[0]).toMatchObject({ area: area(5), origin: 'mine' })
  expect(datagrams.map((bytes) => decodeFast(bytes))).toMatchObject([
    { header: { epoch: 7, lane: 0, sender: 0 }, body: { kind: 'area', centre_x: 5 } },
  ])
  vi.advanceTimersByTime(200)
  expect(asked.map(({ body }) => body)).toMatchObject([
    { type: 'change_view', epoch: 7, viewport: 0, area: area(5), image: null },
  ])
  expect(sent).toEqual([])
})

it('goes over the WebSocket, ten times a second, where there is no data channel', () => {
  channel.readyState = 'connecting'
  for (let n = 0; n < 100; n++) {
    looking.changeView(0, { area: area(n) })
    vi.advanceTimersByTime(10)
  }
  const ups = sent.filter(({ type }) => type === 'fast_up')
  expect(ups.length).toBeGreaterThan(7)
  expect(ups.length).toBeLessThan(13)
  const bytes = Uint8Array.from(atob(String(ups[0]!['body'])), (letter) => letter.charCodeAt(0))
  expect(decodeFast(bytes)).toMatchObject({ body: { kind: 'area' } })
  expect(datagrams).toEqual([])
})

it('says nothing fast where there is no connection for it, or behind a stalled one', () => {
  peer = null
  looking.changeView(0, { area: area(1) })
  peer = OPEN
  channel.bufferedAmount = 1_000_000
  looking.changeView(0, { voi: voi(1) })
  vi.advanceTimersByTime(1_000)
  expect([sent, datagrams]).toEqual([[], []])
  expect(asked).toHaveLength(1)
})

it('tries again what was too much, and says what was refused for good', async () => {
  looking.changeView(0, { area: area(5) })
  vi.advanceTimersByTime(200)
  asked[0]!.fail('too_many')
  await vi.advanceTimersByTimeAsync(2_000)
  expect(asked).toHaveLength(2)
  expect(store.notice.value).toBeNull()
  asked[1]!.fail('patient_unconfirmed')
  await vi.advanceTimersByTimeAsync(2_000)
  expect(asked).toHaveLength(2)
  expect(store.notice.value?.code).toBe('patient_unconfirmed')
  expect(store.sight.value.viewports[0]).toMatchObject({ area: null, origin: 'rest' })
})

it('draws what the leader moves, from either channel, and sends none of it', () => {
  happen({ type: 'lead_changed', holder: 2, epoch: 8, reason: 'granted' } as never)
  const moved = (counter: number, x: number) =>
    encodeFast({ kind: 'area', ...area(x), unit: 0 }, { lane: 0, epoch: 8, counter, sender: 2 })
  fastLane.received(moved(1, 11))
  expect(store.sight.value.viewports[0]).toMatchObject({ area: area(11), origin: 'moving' })
  const up = encodeFast({ kind: 'area', ...area(12), unit: 0 }, { lane: 0, epoch: 8, counter: 2, sender: 0 })
  looking.fastDown({ type: 'fast_down', participant: 2 as never, body: btoa(String.fromCharCode(...up)) })
  expect(store.sight.value.viewports[0]).toMatchObject({ area: area(12) })
  looking.fastDown({ type: 'fast_down', participant: 2 as never, body: 'AQ==' })
  expect(looking.changeView(0, { area: area(13) })).toBe(false)
  vi.advanceTimersByTime(10_000)
  expect([sent, datagrams, asked]).toEqual([[], [], []])
  expect(store.sight.value.viewports[0]).toMatchObject({ area: null, origin: 'rest' })
})

it('tells the others where I point and draws where they do', () => {
  looking.pointAt({ track: 9 as never, viewport: 0, x: 1, y: 0 })
  expect(decodeFast(datagrams[0]!)).toMatchObject({
    header: { epoch: 0 },
    body: { kind: 'pointer', track: 9, x: 65_535 },
  })
  const theirs = { kind: 'pointer', track: 9, x: 0, y: 65_535, shown: true } as const
  fastLane.received(encodeFast(theirs, { lane: 0, epoch: 0, counter: 5, sender: 2 }))
  expect([...store.pointing.value]).toMatchObject([[2, { track: 9, x: 0, y: 1 }]])
})

it('tells the leader what I see when it changes, and that I look on my own', () => {
  happen({ type: 'lead_changed', holder: 2, epoch: 8, reason: 'granted' } as never)
  looking.sayShowing('loading', 12)
  looking.sayShowing('loading', 11)
  vi.advanceTimersByTime(100)
  expect(sent).toEqual([{ type: 'say_showing', showing: 'loading', behind: 12 }])
  happen({ type: 'showing_changed', participant: 1, showing: 'loading', behind: 12 } as never)
  vi.advanceTimersByTime(1_000)
  expect(sent.at(-1)).toEqual({ type: 'say_showing', showing: 'loading', behind: 11 })
  happen({ type: 'showing_changed', participant: 1, showing: 'loading', behind: 11 } as never)
  looking.lookOnMyOwn()
  expect(looking.changeView(0, { area: area(3) })).toBe(true)
  vi.advanceTimersByTime(1_000)
  expect(sent.at(-1)).toEqual({ type: 'say_showing', showing: 'own', behind: 0 })
  expect(store.sight.value).toMatchObject({ following: false, viewports: [{ area: area(3), origin: 'mine' }] })
  looking.followLeader()
  expect(store.sight.value).toMatchObject({ following: true, viewports: [{ area: null }] })
})

it('asks for everybody’s layout where I lead, and takes mine where I look on my own', () => {
  looking.changeLayout(1, 2)
  expect(asked.map(({ body }) => body)).toEqual([{ type: 'change_layout', epoch: 7, rows: 1, columns: 2 }])
  happen({ type: 'lead_changed', holder: 2, epoch: 8, reason: 'granted' } as never)
  looking.changeLayout(2, 2)
  expect(store.sight.value.viewports).toHaveLength(1)
  looking.lookOnMyOwn()
  looking.changeLayout(2, 2)
  expect(store.sight.value.viewports).toHaveLength(4)
  expect(asked).toHaveLength(1)
})

it('sends nothing while this connection has not joined, and goes on when it has', () => {
  store.seated.value = false
  looking.changeView(0, { area: area(5) })
  vi.advanceTimersByTime(1_000)
  expect([sent, datagrams, asked]).toEqual([[], [], []])
  expect(store.sight.value.viewports[0]).toMatchObject({ area: area(5) })
  store.seated.value = true
  expect(asked).toHaveLength(1)
})
