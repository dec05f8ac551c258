// Where a consultation's pictures come from: its DICOMweb root (PS3.18). Every failure is one SourceFailed with a word that
// the page has a sentence for.
import type { InstanceId, Picture, SeriesId, StudyId } from '../session/wire.gen'
import { instanceOf, text } from './metadata'
import type { Dataset, Instance } from './metadata'
import { firstPart } from '../session/multipart'
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

/** An instance as a list names it: enough for the order of scrolling. */
export interface Listed {
  readonly instance: InstanceId
  readonly number: number
}

const FRAME = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'
const JSON_MODEL = 'application/dicom+json'
const PAGE = 1000 // instances a question: a large CT has a few
const PAGES = 100 // the wire's InstanceCount ends there
const VOI_FUNCTION = { linear: 'linear', linear_exact: 'linear-exact', sigmoid: 'sigmoid' } as const // PS3.18 8.3.5.1.2

export class Source {
  constructor(
    private readonly root: string,
    private readonly ask: typeof fetch = (...given) => fetch(...given),
  ) {}

  /** The series' instances, in the order of scrolling. */
  async list(study: StudyId, series: SeriesId, signal?: AbortSignal): Promise<Listed[]> {
    const found: Listed[] = []
    for (let page = 0; page < PAGES; page++) {
      const query = `limit=${PAGE}&offset=${page * PAGE}`
      const sets = await this.json(`${seriesPath(study, series)}/instances?${query}`, signal)
      found.push(...sets.flatMap(listed))
      if (sets.length < PAGE) break
    }
    return found.sort((a, b) => a.number - b.number || (a.instance < b.instance ? -1 : 1))
  }

  /** Raises SourceFailed `unreadable` where there is no picture in it. */
  async instance({ study, series, instance }: Omit<Picture, 'frame'>, signal?: AbortSignal): Promise<Instance> {
    const sets = await this.json(`${seriesPath(study, series)}/instances/${instance}/metadata`, signal)
    const found = sets[0] && instanceOf(sets[0])
    if (!found) throw new SourceFailed('unreadable')
    return found
  }

  /** All instances of the series that have a picture in them. */
  async instances(study: StudyId, series: SeriesId, signal?: AbortSignal): Promise<Instance[]> {
    const sets = await this.json(`${seriesPath(study, series)}/metadata`, signal)
    return sets.map(instanceOf).filter((one) => one !== null)
  }

  /** One frame as it is stored or as the server made it for browsers. */
  async frame(picture: Picture, signal?: AbortSignal): Promise<Frame> {
    const response = await this.get(framePath(picture), FRAME, signal)
    const body = await whole(response)
    const part = firstPart(response.headers.get('Content-Type') ?? '', body)
    if (!part || part.bytes.length === 0) throw new SourceFailed('unreadable')
    return { ...part, note: noteIn(response.headers.get('Sefaw-Frame') ?? '') }
  }

  /** One frame as an 8-bit picture, windowed by the server. */
  async rendered(picture: Picture, greys: Greys | null, signal?: AbortSignal): Promise<Blob> {
    const window = greys ? `?window=${greys.centre},${greys.width},${VOI_FUNCTION[greys.curve]}` : ''
    const response = await this.get(`${framePath(picture)}/rendered${window}`, 'image/jpeg, image/png', signal)
    return response.blob().catch(() => {
      throw new SourceFailed('unreachable')
    })
  }

  /** What a BulkDataURI names, relative to its instance (PS3.18 F.2.6). */
  async bulk(
    { study, series, instance }: Omit<Picture, 'frame'>,
    uri: string,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    const base = new URL(`${this.root}${seriesPath(study, series)}/instances/${instance}/`, location.href)
    const url = new URL(uri, base)
    if (url.origin !== location.origin) throw new SourceFailed('refused')
    const response = await this.fetched(url.href, 'application/octet-stream, multipart/related', signal)
    const part = firstPart(response.headers.get('Content-Type') ?? '', await whole(response))
    if (!part) throw new SourceFailed('unreadable')
    return part.bytes
  }

  private async json(path: string, signal?: AbortSignal): Promise<Dataset[]> {
    const response = await this.get(path, JSON_MODEL, signal)
    if (response.status === 204) return []
    const body: unknown = await response.json().catch(() => null)
    if (!Array.isArray(body)) throw new SourceFailed('unreadable')
    return body.filter((one): one is Dataset => typeof one === 'object' && one !== null)
  }

  private get(path: string, accept: string, signal?: AbortSignal): Promise<Response> {
    return this.fetched(this.root + path, accept, signal)
  }

  private async fetched(url: string, accept: string, signal?: AbortSignal): Promise<Response> {
    let response: Response
    try {
      response = await this.ask(url, { headers: { Accept: accept }, credentials: 'same-origin', signal })
    } catch (error) {
      if (signal?.aborted) throw error
      throw new SourceFailed('unreachable')
    }
    if (!response.ok) throw new SourceFailed(failureOf(response.status))
    return response
  }
}

/** Of the server's word: `stored`, `compressed`, or `decoded; why=…`. */
export function noteIn(said: string): Note {
  if (!said.startsWith('decoded')) return null
  return said.includes('why=depth') ? 'depth' : 'decoded'
}

export function framePath({ study, series, instance, frame }: Picture): string {
  return `${seriesPath(study, series)}/instances/${instance}/frames/${frame}`
}

function seriesPath(study: StudyId, series: SeriesId): string {
  return `/studies/${study}/series/${series}`
}

function listed(set: Dataset): Listed[] {
  const instance = text(set, '00080018')
  const number = Number(set['00200013']?.Value?.[0] ?? 0)
  return instance ? [{ instance: instance as InstanceId, number: Number.isFinite(number) ? number : 0 }] : []
}

const FAILURES: Readonly<Record<number, Failure>> = {
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

function failureOf(status: number): Failure {
  return FAILURES[status] ?? 'unreachable'
}

async function whole(response: Response): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer())
  } catch {
    throw new SourceFailed('unreachable')
  }
}
