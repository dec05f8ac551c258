// When a pane draws: at once, once a frame, and only what changed.
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { area, image, voi } from '../session/looking_words.testing'
import type { News } from './news'
import type { Wanted } from './pane'
import type { Shot } from './provider'
import type { Source } from './source'

const GEOMETRY = { columns: 512, rows: 512, sx: 1, sy: 1, unit: 'mm' }
const shot = (n: number): Shot => ({ instance: { ...image('1', n), geometry: GEOMETRY }, frame: 1 }) as unknown as Shot

/** The painter as a pane knows it: what it is asked to paint, and when it has another picture. */
const painter = {
  shot: shot(1) as Shot | null,
  plain: false,
  quality: 'shown',
  note: null,
  paint: vi.fn(),
  paintNothing: vi.fn(),
  clear: vi.fn(),
  close: vi.fn(),
  ownGreys: () => null,
  changed: (): void => undefined,
}
vi.mock('./painter', () => ({
  Painter: function (_: HTMLElement, changed: () => void) {
    return Object.assign(painter, { changed })
  },
}))
vi.mock('./loading', () => ({
  picture: ({ instance: { study, series, instance }, frame }: Shot) => ({ study, series, instance, frame }),
  Loading: class {
    series = { placeOf: () => 0, shots: [], loop: () => ({ from: -1, count: 0 }) }
    count = 0
    behind = 0
    failure = null
    look = (): void => undefined
    close = (): void => undefined
  },
}))

const { Pane } = await import('./pane')

let frames: (() => void)[] = []
const screen = (): void => frames.splice(0).forEach((one) => one())
const wanted = (change: Partial<Wanted> = {}): Wanted => ({
  image: image('1', 1),
  area: AREA,
  voi: VOI,
  cine: null,
  cine_t: 0,
  ...change,
})
const [AREA, VOI] = [area(1), voi(40)]

function shown(): { pane: InstanceType<typeof Pane>; told: News[]; painted: unknown[] } {
  const place = document.createElement('div')
  const told: News[] = []
  const painted: unknown[] = []
  place.addEventListener('painted', (event) => painted.push((event as CustomEvent).detail))
  const pane = new Pane(
    place,
    {} as Source,
    () => 0,
    (news) => told.push(news),
  )
  pane.want(wanted())
  screen()
  screen()
  painter.paint.mockClear()
  painted.length = told.length = 0
  return { pane, told, painted }
}

beforeEach(() => {
  frames = []
  painter.shot = shot(1)
  painter.paint.mockClear()
  vi.stubGlobal('requestAnimationFrame', (one: () => void) => frames.push(one))
})

describe('a pane', () => {
  it('draws another View within the call, and what comes before the next frame with that one', () => {
    const { pane, painted } = shown()
    pane.want(wanted({ voi: voi(50) }))
    expect(painter.paint).toHaveBeenCalledTimes(1)
    pane.want(wanted({ voi: voi(60) }))
    pane.want(wanted({ voi: voi(70) }))
    expect(painter.paint).toHaveBeenCalledTimes(1)
    screen()
    expect(painter.paint).toHaveBeenCalledTimes(2)
    expect(painter.paint.mock.lastCall?.[1]).toMatchObject({ centre: 70 / 1_000 })
    expect(painted.map((one) => (one as Wanted).voi)).toEqual([voi(50), voi(70)])
  })

  it('draws another picture when the painter has it, not the old one again', () => {
    const { pane, painted } = shown()
    pane.want(wanted({ image: image('1', 2) }))
    expect(painter.paint).not.toHaveBeenCalled()
    painter.shot = shot(2)
    painter.changed()
    expect(painter.paint).toHaveBeenCalledTimes(1)
    expect(painted).toMatchObject([{ image: image('1', 2), area: AREA }])
  })

  it('does not draw the picture again for a mark or a pointer over it', () => {
    const { pane, painted } = shown()
    pane.draw([], [{ at: { x: 0.5, y: 0.5 }, colour: '#fff', name: 'Li' }])
    screen()
    expect(painter.paint).not.toHaveBeenCalled()
    expect(painted).toEqual([])
  })

  it('says what it shows only when that is another', () => {
    const { pane, told } = shown()
    pane.want(wanted({ voi: voi(50) }))
    expect(told).toEqual([])
    painter.shot = shot(2)
    painter.changed()
    expect(told).toMatchObject([{ shot: { instance: { instance: '1.1.1.2' } } }])
  })

  it('draws nothing once it is closed', () => {
    const { pane } = shown()
    pane.want(wanted({ voi: voi(50) }))
    pane.want(wanted({ voi: voi(60) }))
    pane.close()
    painter.paint.mockClear()
    screen()
    painter.changed()
    expect(painter.paint).not.toHaveBeenCalled()
  })
})
