// Pictures and voice messages over HTTP: sent with progress, fetched by their digest.
import { HttpFailed } from './http'
import { ERROR_CODE_VALUES } from './wire.gen'
import type { Attachment } from './wire.gen'

/** Where the server has it; a browser keeps it for itself, its name is its content. */
export function attachmentUrl(consultation: string, sha256: string): string {
  return `/api/consultations/${consultation}/attachments/${sha256}`
}

/** `fetch` cannot tell how much of a body is on its way, so this is an XMLHttpRequest. `progress`: 0 to 1. */
export function upload(
  consultation: string,
  file: Blob,
  csrf: string,
  progress: (share: number) => void,
): Promise<Attachment> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', `/api/consultations/${consultation}/attachments`)
    request.setRequestHeader('Content-Type', file.type.split(';')[0] ?? '')
    request.setRequestHeader('X-CSRF-Token', csrf)
    request.responseType = 'json'
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0)
    request.onload = () => {
      if (request.status === 201) resolve(request.response as Attachment)
      else reject(new HttpFailed(request.status, codeOf(request)))
    }
    request.onerror = () => reject(new HttpFailed(0, 'unreachable'))
    request.send(file)
  })
}

function codeOf(request: XMLHttpRequest): HttpFailed['code'] {
  const answer = request.response as { code?: string } | null
  const known = ERROR_CODE_VALUES.find((code) => code === answer?.code)
  return known ?? (request.status >= 502 ? 'unreachable' : 'internal')
}
