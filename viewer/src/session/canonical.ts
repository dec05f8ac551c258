// RFC 8785 canonical JSON and the state hash over it: two languages, one hash. Integers only (the wire has no floats).

/** The canonical text of plain data: keys sorted by UTF-16 code units, no white space. */
export function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
  return `{${members.join(',')}}`
}

/** SHA-256 of the canonical text, lower-case hex. Empty where the browser has no crypto.subtle (insecure context). */
export async function stateHash(state: unknown): Promise<string> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined
  if (!subtle) return ''
  const digest = await subtle.digest('SHA-256', new TextEncoder().encode(canonical(state)))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
