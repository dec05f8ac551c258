// The DICOMweb doors of this server (PS3.18), as the pages use them: where a picture is, what there is, bringing in.
// `base` is the service: a consultation's folder, or my institution's pictures.
import { HttpFailed } from './http'
import { items, TAG, text } from './dicom_json'
import type { Dataset } from './dicom_json'
import { ERROR_CODE_VALUES, PICTURE_FAULT_VALUES } from './wire.gen'
import type { Picture, PictureFault } from './wire.gen'
import { multipart } from './batches'
import { firstPart } from './multipart'
import type { Batch } from './batches'

export const MINE = '/api/dicom-web'
const JSON_TYPE = 'application/dicom+json'

export function folderOf(consultation: string): string {
  return `/api/consultations/${consultation}/dicom-web`
}

export function instanceUrl(base: string, { study, series, instance }: Omit<Picture, 'frame'>): string {
  return `${base}/studies/${study}/series/${series}/instances/${instance}`
}

export function thumbnailUrl(base: string, picture: Picture): string {
  return `${instanceUrl(base, picture)}/frames/${picture.frame}/thumbnail`
}

export async function metadataOf(base: string, picture: Omit<Picture, 'frame'>): Promise<Dataset> {
  const [found] = await datasets(`${instanceUrl(base, picture)}/metadata`)
  if (!found) throw new HttpFailed(404, 'not_found')
  return found
}

/** Raises HttpFailed. */
export async function datasets(url: string): Promise<Dataset[]> {
  const response = await get(url, JSON_TYPE)
  if (response.status === 204) return []
  const found: unknown = await response.json().catch(() => [])
  return Array.isArray(found) ? (found as Dataset[]) : []
}

/** What a BulkDataURI names; it may be relative to its instance, and is never of another server. Raises HttpFailed. */
export async function bulkOf(
  base: string,
  picture: Omit<Picture, 'frame'>,
  uri: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(uri, `${location.origin}${instanceUrl(base, picture)}/`)
  if (url.origin !== location.origin) throw new HttpFailed(403, 'forbidden')
  const response = await get(url.href, 'application/octet-stream, multipart/related; type="application/octet-stream"')
  const data = new Uint8Array(await response.arrayBuffer())
  const part = firstPart(response.headers.get('Content-Type') ?? '', data)
  if (!part) throw new HttpFailed(0, 'unreachable') // cut off on its way
  return new Uint8Array(part.bytes)
}

async function get(url: string, accept: string): Promise<Response> {
  const response = await fetch(url, { headers: { Accept: accept }, credentials: 'same-origin' }).catch(() => null)
  if (!response) throw new HttpFailed(0, 'unreachable')
  if (!response.ok)
    throw new HttpFailed(response.status, codeIn(await response.json().catch(() => null), response.status))
  return response
}

function codeIn(body: unknown, status: number): HttpFailed['code'] {
  const said = (body as { code?: string } | null)?.code
  return ERROR_CODE_VALUES.find((code) => code === said) ?? (status >= 502 ? 'unreachable' : 'internal')
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
      else reject(new HttpFailed(request.status, codeIn(request.response, request.status)))
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
