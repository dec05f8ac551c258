// Where a viewport's pictures come from: the doors of `session/dicomweb.ts`, for one root. Every failure is one SourceFailed
// with a word that the page has a sentence for.
import type { Dataset } from '../session/dicom_json'
import { bulkOf, datasets, frameUrl, get, instanceUrl, partOf, seriesUrl } from '../session/dicomweb'
import type { How } from '../session/dicomweb'
import { HttpFailed } from '../session/http'
import type { Picture, SeriesId, StudyId } from '../session/wire.gen'
import { bulkTables, LUT_DATA } from './luts'
import { instanceOf } from './metadata'
import type { Instance } from './metadata'
import type { Part } from '../session/multipart'
import type { Greys } from './view'

/** `missing`: there is no such picture; `refused`: not for me; `unavailable`: the PACS does not answer; `unreachable`: the
 * server does not; `unreadable`: what came is no picture. */
export type Failure = 'missing' | 'refused' | 'unavailable' | 'unreachable' | 'unreadable'

export class SourceFailed extends Error {
  constructor(readonly kind: Failure) {
    super(kind)
  }
  /** Whether it may be there the next time. */
  get passes(): boolean {
    return this.kind === 'unavailable' || this.kind === 'unreachable'
  }
}

/** What is to be said of a frame: the server decoded it, because a browser would not show it rightly; `depth`: and of its
 * colours the upper 8 bits are left. Null: it is as it is stored, or the same values in fewer bytes. */
export type Note = 'decoded' | 'depth' | null
export type Frame = Part & { readonly note: Note }

const FRAME = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'
// Of a noisy CT of 512² 19 kB instead of 41.
const PREVIEW = ['quality=50', 'viewport=1024,1024']
const VOI_FUNCTION = { linear: 'linear', linear_exact: 'linear-exact', sigmoid: 'sigmoid' } as const // PS3.18 8.3.5.1.2

export class Source {
  constructor(
    private readonly root: string,
    private readonly ask: typeof fetch = (...given) => fetch(...given),
  ) {}

  /** Raises SourceFailed `unreadable` where there is no picture in it. */
  async instance(of: Omit<Picture, 'frame'>, signal?: AbortSignal): Promise<Instance> {
    const sets = await told(datasets(`${instanceUrl(this.root, of)}/metadata`, this.how(signal)))
    const found = sets[0] && instanceOf(await this.withTables(sets[0], signal))
    if (!found) throw new SourceFailed('unreadable')
    return found
  }

  /** All instances of the series that have a picture in them. */
  async instances(study: StudyId, series: SeriesId, signal?: AbortSignal): Promise<Instance[]> {
    const sets = await told(datasets(`${seriesUrl(this.root, { study, series })}/metadata`, this.how(signal)))
    const whole = await Promise.all(sets.map((set) => this.withTables(set, signal)))
    return whole.map(instanceOf).filter((one) => one !== null)
  }

  /** Lookup tables that a PACS does not put into its metadata: what is named is fetched, what does not come is left out. */
  private async withTables(set: Dataset, signal?: AbortSignal): Promise<Dataset> {
    const elsewhere = bulkTables(set)
    const found = elsewhere.length > 0 ? instanceOf(set) : null
    if (!found) return set
    const fetched = await Promise.all(
      elsewhere.map(async ([sequence, item, uri]) => {
        const bytes = await bulkOf(this.root, found, uri, this.how(signal)).catch(() => null)
        const data = bytes && { InlineBinary: btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join('')) }
        return [sequence, { Value: [data ? { ...item, [LUT_DATA]: data } : item] }] as const
      }),
    )
    return { ...set, ...Object.fromEntries(fetched) }
  }

  /** One frame as it is stored or as the server made it for browsers. */
  async frame(picture: Picture, signal?: AbortSignal): Promise<Frame> {
    const response = await told(get(frameUrl(this.root, picture), FRAME, this.how(signal)))
    const part = await told(partOf(response))
    if (!part || part.bytes.length === 0) throw new SourceFailed('unreadable')
    return { ...part, note: noteIn(response.headers.get('Sefaw-Frame') ?? '') }
  }

  /** One frame as an 8-bit picture, windowed by the server. */
  rendered(picture: Picture, greys: Greys | null, signal?: AbortSignal): Promise<Blob> {
    return this.drawn(picture, windowOf(greys), signal)
  }

  /** The same for the moment until the real one is there: coarse, and no larger than a screen. */
  preview(picture: Picture, greys: Greys | null, signal?: AbortSignal): Promise<Blob> {
    return this.drawn(picture, [...windowOf(greys), ...PREVIEW], signal)
  }

  private async drawn(picture: Picture, asked: readonly string[], signal?: AbortSignal): Promise<Blob> {
    const query = asked.length > 0 ? `?${asked.join('&')}` : ''
    const url = `${frameUrl(this.root, picture)}/rendered${query}`
    const response = await told(get(url, 'image/jpeg, image/png', this.how(signal)))
    return response.blob().catch(() => {
      throw new SourceFailed('unreachable')
    })
  }

  private how(signal: AbortSignal | undefined): How {
    return { signal, through: this.ask }
  }
}

/** A table is what the server uses unasked. */
function windowOf(greys: Greys | null): string[] {
  if (!greys || greys.curve === 'table') return []
  return [`window=${greys.centre},${greys.width},${VOI_FUNCTION[greys.curve]}`]
}

/** Of the server's word: `stored`, `compressed`, or `decoded; why=…`. */
export function noteIn(said: string): Note {
  if (!said.startsWith('decoded')) return null
  return said.includes('why=depth') ? 'depth' : 'decoded'
}

const FAILURES: Readonly<Record<number, Failure>> = {
  200: 'unreadable',
  401: 'refused',
  403: 'refused',
  404: 'missing',
  406: 'unreadable',
  410: 'missing',
  415: 'unreadable',
  422: 'unreadable',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
}

/** What failed, in the viewport's words. */
async function told<T>(asked: Promise<T>): Promise<T> {
  return asked.catch((error: unknown) => {
    throw error instanceof HttpFailed ? new SourceFailed(FAILURES[error.status] ?? 'unreachable') : error
  })
}
