// In which order a series comes onto a pane: on a weak line each waits for what people see before it.
import { describe, expect, it } from 'vitest'

import type { InstanceId, Picture, SeriesId, StudyId } from '../session/wire.gen'
import { Loading } from './loading'
import type { Painter } from './painter'
import type { Shot } from './provider'
import { Source } from './source'

const picture: Picture = { study: '1.2' as StudyId, series: '1.3' as SeriesId, instance: '1.4' as InstanceId, frame: 1 }
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
const set = (uid: string, number: number, frames: number): object => ({
  '00080018': { Value: [uid] },
  '0020000D': { Value: ['1.2'] },
  '0020000E': { Value: ['1.3'] },
  '00200013': { Value: [number] },
  '00280008': { Value: [frames] },
  '00280010': { Value: [4] },
  '00280011': { Value: [4] },
})

/** A line on which every answer waits to be let through; what the pane's painter would do, without a canvas. */
class World {
  readonly asked: string[] = []
  readonly givenUp: string[] = []
  readonly loading: Loading
  readonly seen = { shot: null as Shot | null, plain: false, starting: false }
  started = false
  slowToStart = false
  private readonly there = new Set<Shot>()
  private readonly open = new Map<string, { done: () => void; fail: () => void }>()

  constructor(private readonly series: readonly object[]) {
    const source = new Source('', (url) => this.answered(String(url)))
    this.loading = new Loading(source, picture, this.painter(), () => this.look())
  }

  look(): void {
    const place = this.loading.series.placeOf(picture)
    if (place >= 0) this.loading.look(place, null)
  }

  private painter(): Painter {
    const { seen } = this
    const made = Object.assign(seen, {
      exact: true,
      start: () => {
        this.started = true
        seen.starting = this.slowToStart
      },
      has: (shot: Shot) => this.there.has(shot),
      show: (shot: Shot) => (seen.shot = shot),
      know: () => undefined,
      keepPlain: (shot: Shot) => {
        this.there.add(shot)
        seen.plain = true
        return Promise.resolve()
      },
      fetch: async (shot: Shot, _: Source, __: unknown, signal: AbortSignal) => {
        await this.waits(`${shot.instance.instance} frame ${shot.frame}`, signal)
        this.there.add(shot)
        if (shot === seen.shot) seen.plain = false
      },
    })
    return made as unknown as Painter
  }

  private async answered(url: string): Promise<Response> {
    const what = url.includes('/rendered') ? 'preview' : url.includes('/instances/') ? 'instance' : 'series'
    await this.waits(what)
    if (what === 'preview') return new Response('x')
    return new Response(JSON.stringify(what === 'series' ? this.series : [this.series[0]]))
  }

  private waits(what: string, signal?: AbortSignal): Promise<void> {
    this.asked.push(what)
    signal?.addEventListener('abort', () => this.open.has(what) && this.givenUp.push(what))
    return new Promise((done, fail) => this.open.set(what, { done, fail: () => fail(new Error('no')) }))
  }

  /** What is asked for after these have come. */
  async after(...what: string[]): Promise<string[]> {
    const before = this.asked.length
    for (const one of what) {
      this.open.get(one)?.done()
      this.open.delete(one)
    }
    await settle()
    return this.asked.slice(before)
  }

  async failed(what: string): Promise<string[]> {
    const before = this.asked.length
    this.open.get(what)?.fail()
    await settle()
    return this.asked.slice(before)
  }
}

const CT = [set('1.4', 1, 1), set('1.5', 2, 1), set('1.6', 3, 1), set('1.7', 4, 1)]

describe('a series on a weak line', () => {
  it('comes in the order in which people need it, each with the line to itself', async () => {
    const world = new World(CT)
    expect(world.asked).toEqual(['instance', 'preview'])
    expect(await world.after('instance')).toEqual([])
    expect(world.started).toBe(false)
    expect(await world.after('preview')).toEqual(['1.4 frame 1'])
    expect(world.started).toBe(true)
    expect([world.seen.plain, world.loading.coming]).toEqual([true, true])
    expect(await world.after('1.4 frame 1')).toEqual(['series'])
    expect([world.seen.plain, world.loading.coming]).toEqual([false, false])
    await world.after('series', '1.4 frame 1') // asked for again, and there
    expect(await world.after('1.4 frame 1')).toEqual(['1.5 frame 1'])
    expect(await world.after('1.5 frame 1')).toEqual(['1.6 frame 1', '1.7 frame 1'])
  })

  it('waits for what draws it before the rest is asked for', async () => {
    const world = new World(CT)
    world.slowToStart = true
    await world.after('instance')
    expect(await world.after('preview')).toEqual([])
    expect(world.loading.coming).toBe(true)
    world.seen.starting = false
    world.look()
    await settle()
    expect(world.asked.slice(2)).toEqual(['1.4 frame 1'])
  })

  it('needs no preview', async () => {
    const world = new World(CT)
    await world.after('instance')
    expect(await world.failed('preview')).toEqual(['1.4 frame 1'])
  })

  it('keeps what is on the screen when the rest of it becomes known', async () => {
    const world = new World([set('1.4', 2, 1), set('1.5', 1, 1)])
    await world.after('instance', 'preview')
    await world.after('1.4 frame 1')
    const { shot } = world.seen
    await world.after('series')
    expect(world.loading.series.shots.map(({ instance }) => instance.instance)).toEqual(['1.5', '1.4'])
    expect(world.loading.series.shots[1]).toBe(shot)
  })

  it('gives up nothing that is on its way when there are no others', async () => {
    const world = new World([set('1.4', 1, 9)])
    await world.after('instance', 'preview')
    expect(await world.after('1.4 frame 1')).toEqual(['1.4 frame 2', 'series'])
    expect(await world.after('series')).toEqual([])
    expect(world.givenUp).toEqual([])
    expect(await world.after('1.4 frame 2')).toEqual(['1.4 frame 3', '1.4 frame 4'])
  })

  it('comes on while cine plays faster than the line', async () => {
    const world = new World([set('1.4', 1, 9)])
    await world.after('instance', 'preview')
    await world.after('1.4 frame 1', 'series')
    for (let place = 1; place < 9; place++) world.loading.look(place, null, true)
    await world.after('1.4 frame 2')
    for (let place = 0; place < 9; place++) world.loading.look(place, null, true)
    expect(world.givenUp).toEqual([])
    expect(world.asked.slice(-2)).toEqual(['1.4 frame 3', '1.4 frame 4'])
    world.loading.look(7, null) // it is stopped there
    expect(world.asked.slice(-1)).toEqual(['1.4 frame 8'])
  })

  it('goes on to the others when the first cannot be had', async () => {
    const world = new World(CT)
    await world.after('instance', 'preview')
    expect(await world.failed('1.4 frame 1')).toEqual(['series'])
    expect(world.loading.failure).toBe('unreadable')
    world.loading.close()
  })
})
