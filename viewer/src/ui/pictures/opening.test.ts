// Opening a presentation state opens the picture that it speaks of, as it was seen, with its marks.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, describe, expect, it, vi } from 'vitest'

const changes: [number, { image?: { instance: string; frame: number }; area?: object; voi?: object }][] = []
const marks: { shape: string }[] = []
vi.mock('../../app/looking', () => ({
  changeView: (...change: (typeof changes)[number]) => changes.push(change),
  lookOnMyOwn: () => undefined,
}))
vi.mock('../../app/marking', () => ({ addMark: (mark: { shape: string }) => marks.push(mark) }))
vi.mock('../../app/lead', () => ({ withdrawStudy: () => Promise.resolve(true) }))

const { openSeries } = await import('./opening')
const { active, instanceAt } = await import('./open')
const store = await import('../../session/store')
const { emptyView } = await import('../../session/view')

import type { Shown } from '../../session/looking'
import type { SharedSeries, SharedStudy, ViewportState } from '../../session/wire.gen'

interface Case {
  view: ViewportState
  image: object
  presentation: Record<string, { Value?: string[] }>
}
const path = join(import.meta.dirname, '../../../../tests/golden/presentation.json')
const [golden] = JSON.parse(readFileSync(path, 'utf8')) as [Case]
const state = golden.presentation
const uid = (tag: string): string => state[tag]?.Value?.[0] ?? ''
const series = { series: uid('0020000E'), modality: 'PR', description: '', number: 9001, instances: 1 }
const study = { study: uid('0020000D'), differs: false, confirmed: false, series: [series] }

/** QIDO-RS lists the state; WADO-RS has its metadata, and those of the picture. */
function doors(url: string): object[] {
  if (url.includes('/instances?')) return [{ '00080018': { Value: [uid('00080018')] } }]
  return [url.includes(uid('00080018')) ? state : golden.image]
}

afterEach(() => {
  vi.unstubAllGlobals()
  changes.length = marks.length = 0
})

async function opened(leading: boolean): Promise<void> {
  vi.stubGlobal('fetch', (url: string) => Promise.resolve(Response.json(doors(url))))
  store.sight.value = { ...store.sight.value, leading, following: leading }
  openSeries(emptyView('c' as never), study as unknown as SharedStudy, series as unknown as SharedSeries)
  await vi.waitFor(() => expect(changes).toHaveLength(1))
}

describe('a press on a series', () => {
  const listed = (instance: string): Response => Response.json([{ '00080018': { Value: [instance] } }])
  const press = (name: string): void => {
    const pressed = { ...series, series: name, modality: 'CT' } as unknown as SharedSeries
    openSeries(emptyView('c' as never), study as unknown as SharedStudy, pressed)
  }
  /** What the server was asked for, to be answered in any order. */
  function slowly(): Map<string, () => void> {
    const asked = new Map<string, () => void>()
    const answer = (url: string): Promise<Response> => {
      const name = /series\/([^/]+)/.exec(url)![1]!
      return new Promise((resolve) => asked.set(name, () => resolve(listed(`of ${name}`))))
    }
    vi.stubGlobal('fetch', answer)
    const viewports = [0, 1].map(() => ({}) as Shown)
    store.sight.value = { ...store.sight.value, viewports, leading: true, following: true }
    return asked
  }
  const instances = (): [number, string | undefined][] => changes.map(([n, { image }]) => [n, image?.instance])

  it('fills the viewport that was touched when it was pressed, whatever is touched while it comes', async () => {
    const asked = slowly()
    active.value = 1
    press('a')
    active.value = 0
    asked.get('a')!()
    await vi.waitFor(() => expect(instances()).toEqual([[1, 'of a']]))
  })

  it('is forgotten where a later one comes sooner', async () => {
    const asked = slowly()
    active.value = 0
    press('b')
    press('c')
    asked.get('c')!()
    await vi.waitFor(() => expect(instances()).toEqual([[0, 'of c']]))
    asked.get('b')!()
    await known('b')
    expect(instances()).toEqual([[0, 'of c']])
  })

  /** Whoever asked for it has heard. */
  const known = async (name: string): Promise<void> => {
    await instanceAt('c', study.study as never, name as never, 0)
    await new Promise((resolve) => setTimeout(resolve))
  }
})

describe('a presentation state', () => {
  it('opens its picture as it was seen, with its marks, for all', async () => {
    await opened(true)
    const [, change] = changes[0]!
    expect(change.image).toEqual(golden.view.image)
    expect(change.voi).toEqual(golden.view.voi)
    expect(change.area).toBeDefined()
    expect(marks.map((mark) => mark.shape)).toContain('ellipse')
  })

  it('that is forgotten for what was pressed after it draws nothing, and says nothing where it fails', async () => {
    const asked = new Map<string, (answer: Response) => void>()
    vi.stubGlobal('fetch', (url: string) =>
      url.includes('/instances?') && !url.includes(series.series)
        ? Promise.resolve(Response.json([{ '00080018': { Value: ['later'] } }]))
        : new Promise((resolve) => asked.set(url, resolve)),
    )
    for (const fails of [false, true]) {
      store.sight.value = { ...store.sight.value, leading: true, following: true }
      const state = { ...study, study: `${study.study}.${Number(fails)}` } as unknown as SharedStudy
      openSeries(emptyView('c' as never), state, series as unknown as SharedSeries)
      const later = { ...series, series: `later ${fails}`, modality: 'CT' } as unknown as SharedSeries
      openSeries(emptyView('c' as never), state, later)
      await vi.waitFor(() => expect(changes).toHaveLength(1))
      const answered = new Set<string>()
      for (let quiet = 0; quiet < 3; quiet++) {
        for (const [url, resolve] of asked) {
          if (answered.has(url)) continue
          answered.add(url)
          quiet = 0
          resolve(fails ? new Response(null, { status: 500 }) : Response.json(doors(url)))
        }
        await new Promise((resolve) => setTimeout(resolve))
      }
      expect([changes.length, marks, store.notice.value]).toEqual([1, [], null])
      changes.length = 0
      asked.clear()
    }
  })

  it('draws nothing for others where I look on my own', async () => {
    await opened(false)
    expect(marks).toEqual([])
  })
})
