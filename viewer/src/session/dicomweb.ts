// The DICOMweb doors of this server (PS3.18), as the pages use them: where a picture is, what there is, bringing in.
// `base` is the service: a consultation's folder, or my institution's pictures.
import { answer, failureIn, HttpFailed } from './http'
import { items, TAG, text } from './dicom_json'
import type { Dataset } from './dicom_json'
import { PICTURE_FAULT_VALUES } from './wire.gen'
import type { Picture, PictureFault } from './wire.gen'
import { multipart } from './batches'
import { firstPart } from './multipart'
import type { Part } from './multipart'
import type { Batch } from './batches'

export const MINE = '/api/dicom-web'
const JSON_TYPE = 'application/dicom+json'

export function folderOf(consultation: string): string {
  return `/api/consultations/${consultation}/dicom-web`
}

type Of<T extends keyof Picture> = Pick<Picture, T>

export function seriesUrl(base: string, { study, series }: Of<'study' | 'series'>): string {
  return `${base}/studies/${study}/series/${series}`
}

export function instanceUrl(base: string, of: Omit<Picture, 'frame'>): string {
  return `${seriesUrl(base, of)}/instances/${of.instance}`
}

export function frameUrl(base: string, picture: Picture): string {
  return `${instanceUrl(base, picture)}/frames/${picture.frame}`
}

export function thumbnailUrl(base: string, picture: Picture): string {
  return `${frameUrl(base, picture)}/thumbnail`
}

/** `through`: another `fetch`. What `signal` ends is an AbortError; everything else that fails is HttpFailed. */
export interface How {
  readonly signal?: AbortSignal | undefined
  readonly through?: typeof fetch
}

export function get(url: string, accept: string, { signal, through }: How = {}): Promise<Response> {
  return answer(url, { headers: { Accept: accept }, signal: signal ?? null }, through)
}

export async function metadataOf(base: string, picture: Omit<Picture, 'frame'>): Promise<Dataset> {
  const [found] = await datasets(`${instanceUrl(base, picture)}/metadata`)
  if (!found) throw new HttpFailed(404, 'not_found')
  return found
}

/** Raises HttpFailed, with the status of success where the answer is no list. */
export async function datasets(url: string, how?: How): Promise<Dataset[]> {
  const response = await get(url, JSON_TYPE, how)
  if (response.status === 204) return []
  const found: unknown = await response.json().catch(() => null)
  if (!Array.isArray(found)) throw new HttpFailed(response.status, 'internal')
  return found.filter((one): one is Dataset => typeof one === 'object' && one !== null)
}

/** The answer's one part; null: it is neither multipart nor whole. Raises HttpFailed. */
export async function partOf(response: Response): Promise<Part | null> {
  const data = await response.arrayBuffer().catch(() => {
    throw new HttpFailed(0, 'unreachable')
  })
  return firstPart(response.headers.get('Content-Type') ?? '', new Uint8Array(data))
}

/** What a BulkDataURI names; it may be relative to its instance, and is never of another server. Raises HttpFailed. */
export async function bulkOf(
  base: string,
  picture: Omit<Picture, 'frame'>,
  uri: string,
  how: How = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(uri, `${location.origin}${instanceUrl(base, picture)}/`)
  if (url.origin !== location.origin) throw new HttpFailed(403, 'forbidden')
  const accept = 'application/octet-stream, multipart/related; type="application/octet-stream"'
  const part = await partOf(await get(url.href, accept, how))
  if (!part) throw new HttpFailed(0, 'unreachable') // cut off on its way
  return new Uint8Array(part.bytes)
}

// ---- bringing in ----------------------------------------------------------------------------------------------------

/** A file that was not taken. `file`: its path in the ZIP, or its place in the request (from 1). */
export interface Refused {
  readonly file: string
  readonly fault: PictureFault
}

export interface Reply {
  readonly stored: number
  readonly refused: readonly Refused[]
}

/** One batch. `progress`: bytes sent. Raises HttpFailed; aborted by `signal`: `unreachable`. */
export function store(
  base: string,
  batch: Batch,
  csrf: string,
  with_: { progress: (bytes: number) => void; signal: AbortSignal },
): Promise<Reply> {
  const { body, type } = bodyOf(batch)
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest() // `fetch` cannot tell how much of a body is on its way
    request.open('POST', `${base}/studies`)
    request.setRequestHeader('Content-Type', type)
    request.setRequestHeader('Accept', JSON_TYPE)
    request.setRequestHeader('X-CSRF-Token', csrf)
    request.responseType = 'json'
    request.upload.onprogress = ({ loaded }) => with_.progress(Math.min(loaded, batch.bytes))
    request.onload = () => {
      const reply = replyIn(request.response)
      if (reply) resolve(reply)
      else reject(failureIn(request.status, request.response))
    }
    request.onerror = () => reject(new HttpFailed(0, 'unreachable'))
    request.onabort = request.onerror
    with_.signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(body)
  })
}

function bodyOf(batch: Batch): { body: Blob; type: string } {
  const [first] = batch.files
  if (batch.kind === 'zip' && first) return { body: first.file, type: 'application/zip' }
  return multipart(batch.files, crypto.randomUUID().replaceAll('-', ''))
}

// Beside the standard's numbers the server says its own word, and which file it is about: a private block (PS3.5 7.8).
const BLOCK = '00090010'
const FAULT = '00091001'
const FILE = '00091002'

/** The Store Instances Response (PS3.18 10.5.3); null = it is none. */
export function replyIn(body: unknown): Reply | null {
  const dataset = (Array.isArray(body) ? body[0] : body) as Dataset | null
  if (typeof dataset !== 'object' || dataset === null) return null
  const known = [BLOCK, TAG.ReferencedSOPSequence, TAG.FailedSOPSequence, TAG.OtherFailuresSequence]
  if (!known.some((tag) => tag in dataset)) return null
  const failed = [...items(dataset, TAG.FailedSOPSequence), ...items(dataset, TAG.OtherFailuresSequence)]
  return { stored: items(dataset, TAG.ReferencedSOPSequence).length, refused: failed.map(refusedIn) }
}

function refusedIn(item: Dataset): Refused {
  const said = text(item, FAULT)
  return { file: text(item, FILE), fault: PICTURE_FAULT_VALUES.find((one) => one === said) ?? 'broken' }
}
