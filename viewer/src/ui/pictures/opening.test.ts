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
const store = await import('../../session/store')
const { emptyView } = await import('../../session/view')

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

describe('a presentation state', () => {
  it('opens its picture as it was seen, with its marks, for all', async () => {
    await opened(true)
    const [, change] = changes[0]!
    expect(change.image).toEqual(golden.view.image)
    expect(change.voi).toEqual(golden.view.voi)
    expect(change.area).toBeDefined()
    expect(marks.map((mark) => mark.shape)).toContain('ellipse')
  })

  it('draws nothing for others where I look on my own', async () => {
    await opened(false)
    expect(marks).toEqual([])
  })
})
