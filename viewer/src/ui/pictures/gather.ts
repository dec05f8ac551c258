// Files out of what was dropped or chosen: folders are walked, what is no picture is left out.
import { isPicture, isZip } from '../../session/batches'
import type { Brought } from '../../session/batches'

/** More than any study has; a whole disk dropped by mistake ends here. */
export const MOST_FILES = 50_000

export interface Gathered {
  files: Brought[]
  zips: Brought[]
  /** More were there than may be brought at once. */
  cut: boolean
}

function emptyGathered(): Gathered {
  return { files: [], zips: [], cut: false }
}

/** A file or folder that was dropped. */
export type Dropped = FileSystemEntry | File

/** All files below what was dropped. What cannot be read (a disk that was taken out) is passed over and told. */
export async function walk(dropped: readonly Dropped[], unread: () => void): Promise<Gathered> {
  const found = emptyGathered()
  const waiting = [...dropped]
  for (let one = waiting.shift(); one && !found.cut; one = waiting.shift()) {
    try {
      if (one instanceof File) add(found, one.name, one)
      else if (one.isFile) add(found, one.fullPath.replace(/^\//, ''), await fileOf(one as FileSystemFileEntry))
      else waiting.push(...(await childrenOf(one as FileSystemDirectoryEntry)))
    } catch {
      unread()
    }
  }
  return found
}

/** What was chosen by a button. */
export function chosen(files: Iterable<File>): Gathered {
  const found = emptyGathered()
  for (const file of files) add(found, file.webkitRelativePath || file.name, file)
  return found
}

function add(found: Gathered, name: string, file: File): void {
  if (!isPicture(name)) return
  if (found.files.length >= MOST_FILES) {
    found.cut = true
    return
  }
  ;(isZip(name, file.type) ? found.zips : found.files).push({ name, file })
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject))
}

/** A reader gives a hundred at a time (Chromium), and nothing at the end. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0 || all.length > MOST_FILES) return all
    all.push(...some)
  }
}
