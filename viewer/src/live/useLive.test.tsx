// Marks follow the picture on which they are: by another slot, anew after a lost connection, when its track ends, when it comes late.
// Never is a frame of another track painted, and every frame is given back.
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import * as store from '../session/store'
import { emptyView, joined, shown } from '../session/view'
import type { View } from '../session/view'
import type { EventBody, JoinedReply, LogEvent, TrackId } from '../session/wire.gen'
import { RemoteVideo } from '../ui/call/RemoteVideo'
import LivePicture from './LivePicture'
import { Screen, Source } from './screen.testing'
import { cross, open } from './state'

const TRACK = 7 as TrackId
const STEP = 3_000
const who = (name: string): never => ({ account: name, name, role: 'specialist', site: '', institution: 'i' }) as never
const POINTS = [
  { x: 0, y: 0 },
  { x: 9, y: 9 },
]
const mark = { shape: 'arrow', points: POINTS, text: '', measure: null, picture: null, fades: false }
const LOG = [
  { type: 'joined', participant: 1, person: who('Wang') },
  { type: 'joined', participant: 2, person: who('Li') },
  { type: 'track_added', track: TRACK, participant: 2, kind: 'video', purpose: 'probe', mid: '1' },
  { type: 'track_added', track: 8, participant: 2, kind: 'video', purpose: 'room', mid: '2' },
] as unknown as EventBody[]

/** Somebody drew a mark on each of these frames; it goes by the frame's number. */
function marked(...numbers: number[]): EventBody[] {
  const on = (n: number): object => ({ key: `${n}`, frame: { track: TRACK, rtp: n * STEP } })
  return [...LOG, ...numbers.map((n) => ({ type: 'mark_added', mark: { ...mark, ...on(n) } }) as unknown as EventBody)]
}

let screen: Screen
let page: HTMLElement

function Page() {
  const view = store.view.value
  const staged = view && shown(view).find((one) => one.track.track === TRACK)
  if (!staged) return null
  return (
    <div>
      <RemoteVideo key={TRACK} view={view} shown={staged} large />
      <LivePicture key="live" view={view} staged={staged} video={() => page.querySelector('video')} />
    </div>
  )
}

function viewOf(slots: Record<string, number>, log = LOG): View {
  const events = log.map((body, index): LogEvent => ({ seq: index + 1, t: 0, by: 2 as never, body }))
  const list = Object.entries(slots).map(([mid, track]) => ({ mid, track }))
  const reply = { participant: 1, resume: 'r', t: 0, state: null, events, slots: list }
  return joined(emptyView('c' as View['consultation']), reply as unknown as JoinedReply, performance.now())
}

/** The picture is on the page, played from this track, if it has come; a cross is drawn on it. */
function look(track: Source | null, log = LOG): void {
  store.view.value = viewOf({ '5': TRACK, '6': 8 }, log)
  store.remote.value = new Map(track ? [['5', track as never]] : [])
  act(() => render(<Page />, page))
  cross.value = { x: 1, y: 1 }
}

function arrive(mid: string, track: Source): void {
  act(() => void (store.remote.value = new Map(store.remote.value).set(mid, track as never)))
}

const canvas = (): HTMLCanvasElement => page.querySelector('canvas')!

/** From the decoder, one after the other, each with its turn. */
async function decoded(from: Source, ...numbers: number[]): Promise<void> {
  for (const n of numbers) {
    from.decode(n * STEP)
    await screen.read()
    screen.turn()
  }
}

/** Painting has begun: the video's first, then two from the decoder. */
async function begun(from: Source): Promise<void> {
  await decoded(from, 0)
  screen.present(STEP)
  await decoded(from, 2, 3)
  expect(screen.painted).toEqual([`${from.id} 3000`, `${from.id} 6000`, `${from.id} 9000`])
  screen.painted.length = 0
}

beforeEach(() => {
  screen = new Screen()
  page = document.body.appendChild(document.createElement('div'))
})

afterEach(async () => {
  act(() => render(null, page))
  await screen.read()
  const left = screen.unclosed
  page.remove()
  store.view.value = null
  store.remote.value = new Map()
  vi.useRealTimers()
  vi.unstubAllGlobals()
  expect(left).toEqual([])
})

describe('a received picture that is drawn on', () => {
  it('goes on from the slot that it comes by now, and nothing more is taken from the other', async () => {
    const [a, b] = [new Source('A'), new Source('B')]
    look(a)
    arrive('6', b)
    await begun(a)
    act(() => void (store.view.value = viewOf({ '5': 8, '6': TRACK })))
    expect([canvas().hidden, a.readers[0]!.cancelled]).toEqual([true, true])
    await decoded(a, 50, 51)
    await decoded(b, 4)
    screen.present(5 * STEP)
    await decoded(b, 6, 7)
    expect(screen.painted).toEqual(['B 15000', 'B 18000', 'B 21000'])
    expect([canvas().hidden, canvas().dataset['rtp']]).toEqual([false, '21000'])
  })

  it('has nothing painted that was read, or waited for its turn, when it went to another slot', async () => {
    const [a, b] = [new Source('A'), new Source('B')]
    look(a)
    arrive('6', b)
    await begun(a)
    for (const n of [4, 5, 6]) a.decode(n * STEP)
    await screen.read()
    a.decode(7 * STEP) // read, and not yet in hand
    act(() => void (store.view.value = viewOf({ '5': 8, '6': TRACK })))
    await screen.read()
    screen.turn(5)
    expect([screen.painted, canvas().hidden, screen.unclosed]).toEqual([[], true, []])
  })

  it('has nothing painted of what its slot shows now while the page has not followed yet', async () => {
    const a = new Source('A')
    look(a)
    await begun(a)
    a.decode(4 * STEP)
    await screen.read()
    store.view.value = viewOf({ '5': 8, '6': TRACK })
    screen.turn()
    screen.present(5 * STEP)
    expect([screen.painted, canvas().hidden, canvas().dataset['rtp']]).toEqual([[], true, '9000'])
  })

  it('does not count as here what comes of another track meanwhile', async () => {
    const [a, b] = [new Source('A'), new Source('B')]
    look(a)
    arrive('6', b)
    await begun(a)
    store.view.value = viewOf({ '5': 8, '6': TRACK })
    a.decode(5 * STEP)
    await screen.read()
    a.decode(6 * STEP) // read, and not yet in hand
    act(() => void (store.view.value = viewOf({ '5': 8, '6': TRACK }, marked(5, 6))))
    await screen.read()
    screen.present(7 * STEP)
    expect([screen.painted, canvas().dataset['flagged']]).toEqual([['B 21000'], '5 6'])
  })

  it('comes anew after a lost connection: tools stay out, marks stay where they are', async () => {
    const [a, b] = [new Source('A'), new Source('B')]
    look(a, marked(2))
    await begun(a)
    open.value = 'mark'
    a.end()
    act(() => void (store.remote.value = new Map()))
    await screen.read()
    screen.turn(3)
    arrive('5', b)
    await decoded(b, 40)
    screen.present(41 * STEP)
    await decoded(b, 42, 43)
    expect(screen.painted).toEqual(['B 123000', 'B 126000', 'B 129000'])
    expect([open.value, canvas().dataset['marks'], canvas().dataset['flagged']]).toEqual(['mark', '2', ''])
  })

  it('is drawn by the video once its track has ended for the decoder', async () => {
    const a = new Source('A')
    look(a)
    await begun(a)
    a.decode(4 * STEP)
    await screen.read()
    a.end()
    await screen.read()
    screen.turn(3)
    for (const n of [5, 6, 7]) screen.present(n * STEP)
    expect([screen.painted, canvas().hidden]).toEqual([['A 15000', 'A 18000', 'A 21000'], false])
  })

  it('is drawn by the video where its track had ended before anything was drawn', () => {
    const a = new Source('A')
    a.end()
    look(a)
    screen.present(STEP)
    expect([screen.painted, a.readers]).toEqual([['A 3000'], []])
  })

  it('is read from when it comes, where it comes after the tools', async () => {
    const a = new Source('A')
    look(null)
    await screen.read()
    arrive('5', a)
    expect(a.readers.length).toBe(1)
    await begun(a)
  })

  it('is drawn by the video, and goes on so, where the decoder falls silent', async () => {
    const a = new Source('A')
    look(a)
    await begun(a)
    for (let n = 4; n < 34; n++) {
      screen.present(n * STEP)
      vi.advanceTimersByTime(33)
    }
    const first = screen.painted.length
    expect(first).toBeGreaterThan(0) // after half a second and a look
    for (let n = 34; n < 94; n++) {
      screen.present(n * STEP)
      vi.advanceTimersByTime(33)
      expect(canvas().hidden).toBe(false)
    }
    expect(screen.painted.length).toBe(first + 60)
  })

  it('gives back what waits when it goes', async () => {
    const a = new Source('A')
    look(a, marked(2))
    await begun(a)
    for (const n of [4, 5, 6]) a.decode(n * STEP)
    await screen.read()
    a.decode(7 * STEP)
    expect(screen.unclosed.length).toBe(4)
    act(() => void (store.view.value = viewOf({ '5': 8 }, marked(2))))
    await screen.read()
    screen.turn(5)
    expect([screen.painted, screen.unclosed, a.readers[0]!.cancelled]).toEqual([[], [], true])
  })
})
