// Files that are brought in, in pieces that a weak line can carry: which file goes with which, and what one request
// looks like (STOW-RS, PS3.18 10.5). Pure, but for Blobs.

export const BATCH_BYTES = 8_000_000 // what 1 Mbit/s carries in about a minute: less is lost when the line drops
export const BATCH_FILES = 50

/** A file with the name people know it by: its path within the folder that was dropped. */
export interface Brought {
  readonly name: string
  readonly file: Blob
}

export interface Batch {
  /** `zip`: one archive, sent as it is. */
  readonly kind: 'dicom' | 'zip'
  readonly files: readonly Brought[]
  readonly bytes: number
}

/** In the order in which they came; a file larger than a batch goes alone, a ZIP always. */
export function batches(files: readonly Brought[], zips: readonly Brought[] = []): Batch[] {
  const made: Batch[] = zips.map((zip) => ({ kind: 'zip', files: [zip], bytes: zip.file.size }))
  let some: Brought[] = []
  let bytes = 0
  const close = (): void => {
    if (some.length > 0) made.push({ kind: 'dicom', files: some, bytes })
    some = []
    bytes = 0
  }
  for (const one of files) {
    if (some.length >= BATCH_FILES || (some.length > 0 && bytes + one.file.size > BATCH_BYTES)) close()
    some.push(one)
    bytes += one.file.size
  }
  close()
  return made
}

/** The body of one STOW-RS request, and its Content-Type. Blobs are not read into memory: the browser sends them from
 * the disk. `boundary`: of letters and digits, in none of the files (16 random bytes are not). */
export function multipart(files: readonly Brought[], boundary: string): { body: Blob; type: string } {
  const parts: BlobPart[] = []
  for (const { file } of files) {
    parts.push(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`, file, '\r\n')
  }
  parts.push(`--${boundary}--\r\n`)
  return { body: new Blob(parts), type: `multipart/related; type="application/dicom"; boundary=${boundary}` }
}

/** What machines and systems leave beside pictures; nobody misses it. */
const LEFT_OUT = /(^|\/)(\.[^/]*|__MACOSX\/.*|thumbs\.db|desktop\.ini|dicomdir|autorun\.inf)$/i

export function isPicture(name: string): boolean {
  return !LEFT_OUT.test(name)
}

export function isZip(name: string, type: string): boolean {
  return /\.zip$/i.test(name) || type === 'application/zip' || type === 'application/x-zip-compressed'
}
