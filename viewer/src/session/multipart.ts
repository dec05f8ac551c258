// The one part of a multipart/related answer (PS3.18 8.6.1.2, RFC 2387): what it is and its bytes. Pure.

export interface Part {
  readonly type: string
  /** UID, empty if the part does not say. */
  readonly transferSyntax: string
  readonly bytes: Uint8Array
}

const CRLF2 = [13, 10, 13, 10]
const HEADERS_MAX = 4096

/** The first part; an answer that is not multipart is its own part. Null: it is neither. */
export function firstPart(contentType: string, body: Uint8Array): Part | null {
  if (!/^multipart\/related/i.test(contentType)) return { ...described(contentType), bytes: body }
  const boundary = parameter(contentType, 'boundary')
  if (!boundary) return null
  const dashes = ascii(`--${boundary}`)
  const begin = find(body, dashes, 0)
  const head = begin < 0 ? -1 : find(body.subarray(0, begin + HEADERS_MAX), CRLF2, begin)
  if (head < 0) return null
  const end = find(body, [13, 10, ...dashes], head + 2)
  if (end < 0) return null
  const headers = new TextDecoder().decode(body.subarray(begin + dashes.length, head))
  const type = /^content-type:(.*)$/im.exec(headers)?.[1]?.trim() ?? ''
  return { ...described(type), bytes: body.subarray(Math.min(end, head + 4), end) }
}

function described(type: string): Pick<Part, 'type' | 'transferSyntax'> {
  return { type: type.split(';')[0]?.trim().toLowerCase() ?? '', transferSyntax: parameter(type, 'transfer-syntax') }
}

function parameter(of: string, name: string): string {
  const match = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^;\\s]*))`, 'i').exec(of)
  return match?.[1] ?? match?.[2] ?? ''
}

function ascii(text: string): number[] {
  return [...text].map((one) => one.charCodeAt(0))
}

function find(body: Uint8Array, what: readonly number[], from: number): number {
  const first = what[0] ?? 0
  for (let at = body.indexOf(first, from); at >= 0; at = body.indexOf(first, at + 1)) {
    if (what.every((one, n) => body[at + n] === one)) return at
  }
  return -1
}
