// How pictures come: in which order, in what wrapping, from where, and what happens when they do not.
import { describe, expect, it } from 'vitest'

import type { InstanceId, Picture, SeriesId, StudyId } from '../session/wire.gen'
import { firstPart } from '../session/multipart'
import { fetchOrder, Prefetch } from './prefetch'
import { Series } from './series'
import { Source, SourceFailed } from './source'

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (one) => one.charCodeAt(0))
const picture: Picture = { study: '1.2' as StudyId, series: '1.3' as SeriesId, instance: '1.4' as InstanceId, frame: 2 }
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

describe('the order of fetching', () => {
  it('is what is shown, its nearest, then the way one scrolls', () => {
    expect(fetchOrder(5, 10, 1, 2)).toEqual([5, 6, 4, 7, 3, 8, 9, 2, 1, 0])
    expect(fetchOrder(5, 10, -1, 1)).toEqual([5, 4, 6, 3, 2, 1, 0, 7, 8, 9])
  })

  it('has everything once, wherever one looks', () => {
    for (let shown = 0; shown < 7; shown++) {
      expect([...fetchOrder(shown, 7, 1, 3)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
    }
  })
})

/** A line on which every picture waits to be let through. */
class Line {
  readonly asked: number[] = []
  readonly given: number[] = []
  private readonly open = new Map<number, { done: () => void; fail: () => void }>()

  load = (at: number, signal: AbortSignal): Promise<void> => {
    this.asked.push(at)
    signal.addEventListener('abort', () => {
      this.given.push(at)
      this.open.get(at)?.fail()
    })
    return new Promise((done, fail) => this.open.set(at, { done, fail: () => fail(new Error('no')) }))
  }

  async let(at: number): Promise<void> {
    this.open.get(at)?.done()
    await settle()
  }

  async fail(at: number): Promise<void> {
    this.open.get(at)?.fail()
    await settle()
  }
}

describe('prefetching', () => {
  const settings = { lanes: 2, room: 100, near: 1, alone: 0 }

  it('takes few at once, what is shown first', async () => {
    const line = new Line()
    const prefetch = new Prefetch(line.load, settings)
    prefetch.look(3, 8, 1)
    expect(line.asked).toEqual([3, 4])
    await line.let(3)
    expect(line.asked).toEqual([3, 4, 2])
    expect(prefetch.behind).toBe(7)
  })

  it('does not let what is shown wait: whoever is far away gives up its lane', async () => {
    const line = new Line()
    const prefetch = new Prefetch(line.load, settings)
    prefetch.look(0, 100, 1)
    prefetch.look(50, 100, 1)
    expect(line.asked.includes(50)).toBe(true)
    expect(line.given).toEqual([0, 1])
    await settle()
    expect(line.asked.slice(-1)).toEqual([51])
  })

  it('fetches no more than there is room for', async () => {
    const line = new Line()
    const prefetch = new Prefetch(line.load, { ...settings, room: 3 })
    prefetch.look(0, 100, 1)
    for (const at of [0, 1, 2]) await line.let(at)
    expect(line.asked).toEqual([0, 1, 2])
    expect(prefetch.behind).toBe(0)
  })

  it('lets the first come one by one', async () => {
    const line = new Line()
    const prefetch = new Prefetch(line.load, { ...settings, alone: 2 })
    prefetch.look(0, 9, 1)
    expect(line.asked).toEqual([0])
    await line.let(0)
    expect(line.asked).toEqual([0, 1])
    await line.fail(1)
    expect(line.asked).toEqual([0, 1, 2, 3])
  })

  it('leaves what failed until it is asked to try again', async () => {
    const line = new Line()
    const prefetch = new Prefetch(line.load, settings)
    prefetch.look(0, 2, 1)
    await line.fail(0)
    await line.let(1)
    expect(line.asked).toEqual([0, 1])
    expect(prefetch.behind).toBe(1)
    prefetch.retry()
    expect(line.asked).toEqual([0, 1, 0])
    await line.let(0)
    expect(prefetch.behind).toBe(0)
  })

  it('is quiet once it is closed', async () => {
    const line = new Line()
    const prefetch = new Prefetch(line.load, settings)
    prefetch.look(0, 9, 1)
    prefetch.close()
    await settle()
    expect(line.asked).toEqual([0, 1])
    expect(line.given).toEqual([0, 1])
  })
})

describe('a multipart answer', () => {
  const answer = (head: string, body: string): Uint8Array => bytes(`--b\r\n${head}\r\n\r\n${body}\r\n--b--\r\n`)

  it('is its first part, with its transfer syntax', () => {
    const part = firstPart(
      'multipart/related; type="application/octet-stream"; boundary=b',
      answer('Content-Type: application/octet-stream; transfer-syntax=1.2.3', 'x\r\n--y'),
    )
    expect(part?.type).toBe('application/octet-stream')
    expect(part?.transferSyntax).toBe('1.2.3')
    expect(new TextDecoder().decode(part?.bytes)).toBe('x\r\n--y')
  })

  it('may be no multipart at all', () => {
    expect(firstPart('image/jpeg', bytes('x'))).toMatchObject({ type: 'image/jpeg', transferSyntax: '' })
  })

  it.each(['', '--b', '--b\r\nA: b', '--b\r\nA: b\r\n\r\nbody without an end'])(
    'is nothing if it is cut: %j',
    (cut) => {
      expect(firstPart('multipart/related; boundary=b', bytes(cut))).toBeNull()
      expect(firstPart('multipart/related', bytes(cut))).toBeNull()
    },
  )
})

const ANSWER = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), { status })
const set = (uid: string, number: number, more: object = {}): object => ({
  '00080018': { Value: [uid] },
  '0020000D': { Value: ['1.2'] },
  '0020000E': { Value: ['1.3'] },
  '00200013': { Value: [number] },
  '00280010': { Value: [4] },
  '00280011': { Value: [4] },
  ...more,
})

describe('a source', () => {
  it.each([
    [404, 'missing'],
    [403, 'refused'],
    [503, 'unavailable'],
    [502, 'unavailable'],
    [406, 'unreadable'],
    [500, 'unreachable'],
  ])('%s is %s', async (status, kind) => {
    const source = new Source('/r', () => Promise.resolve(ANSWER({}, status)))
    await expect(source.frame(picture)).rejects.toMatchObject({ kind })
  })

  it('says that it was not reached, and that this passes', async () => {
    const source = new Source('/r', () => Promise.reject(new TypeError('net')))
    const failure = await source.instance(picture).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(SourceFailed)
    expect((failure as SourceFailed).passes).toBe(true)
  })

  it.each([null, {}, [], [{}], [set('1.4', 1, { '00280010': { Value: [0] } })]])(
    'has no picture in %j',
    async (body) => {
      const source = new Source('/r', () => Promise.resolve(ANSWER(body)))
      await expect(source.instance(picture)).rejects.toMatchObject({ kind: 'unreadable' })
    },
  )

  it('asks the server for the window that is looked through', async () => {
    const asked: string[] = []
    const source = new Source('/r', (url) => {
      asked.push(String(url))
      return Promise.resolve(new Response('x'))
    })
    await source.rendered(picture, { centre: 40, width: 400, curve: 'linear_exact', invert: true, map: 'grey' })
    await source.rendered(picture, null)
    await source.preview(picture, null)
    const frame = '/r/studies/1.2/series/1.3/instances/1.4/frames/2/rendered'
    const preview = `${frame}?quality=50&viewport=1024,1024`
    expect(asked).toEqual([`${frame}?window=40,400,linear-exact`, frame, preview])
  })
})

describe('a series', () => {
  it('knows the picture that was asked for first, then all in order', async () => {
    const answers: Record<string, unknown> = {
      '/r/studies/1.2/series/1.3/instances/1.4/metadata': [set('1.4', 2, { '00280008': { Value: [2] } })],
      '/r/studies/1.2/series/1.3/metadata': [
        set('1.5', 3),
        set('1.4', 2),
        set('1.6', 1),
        { '00080018': { Value: ['1.7'] } },
      ],
    }
    const series = new Series(new Source('/r', (url) => Promise.resolve(ANSWER(answers[String(url)]))), picture)
    const first = await series.first()
    expect(first.frames).toBe(2)
    expect(series.placeOf(picture)).toBe(1)
    await series.rest()
    expect(series.shots.map(({ instance, frame }) => `${instance.instance} ${frame}`)).toEqual([
      '1.6 1',
      '1.4 1',
      '1.4 2',
      '1.5 1',
    ])
    expect(series.shots[1]?.instance).toBe(first)
    expect(series.loop(picture)).toEqual({ from: 1, count: 2 })
    expect(series.loop({ ...picture, instance: '1.5' as InstanceId, frame: 1 })).toEqual({ from: 0, count: 4 })
  })
})
