// What was dropped, as a browser gives it: entries that are asked for their files, folders a hundred at a time.
import { expect, it } from 'vitest'

import { chosen, MOST_FILES, walk } from './gather'

const file = (fullPath: string, readable = true): FileSystemEntry =>
  ({
    isFile: true,
    fullPath,
    file: (done: (file: File) => void, failed: () => void) =>
      readable ? done(new File(['x'], fullPath.split('/').pop()!)) : failed(),
  }) as never

/** As Chromium does: some at a time, then nothing. */
function folder(children: FileSystemEntry[], some = 100): FileSystemEntry {
  const createReader = (): object => {
    let at = 0
    return { readEntries: (done: (part: FileSystemEntry[]) => void) => done(children.slice(at, (at += some))) }
  }
  return { isFile: false, createReader } as never
}

it('walks folders in folders, to the last of many, and keeps the paths', async () => {
  const deep = folder([file('/a/b/1.dcm'), file('/a/b/x.ZIP')])
  const many = folder(Array.from({ length: 250 }, (_, n) => file(`/a/c/${n}`)))
  const found = await walk([folder([deep, many, file('/a/.DS_Store')]), new File(['x'], 'loose.dcm')], () => undefined)
  expect(found.files).toHaveLength(252)
  expect(found.files.map((one) => one.name)).toEqual(expect.arrayContaining(['a/b/1.dcm', 'a/c/249', 'loose.dcm']))
  expect(found.zips.map((one) => one.name)).toEqual(['a/b/x.ZIP'])
})

it('goes on where a file cannot be read, and says how many', async () => {
  let unread = 0
  const found = await walk([file('/1', false), file('/2')], () => unread++)
  expect([found.files.length, unread]).toEqual([1, 1])
})

it('a whole disk dropped by mistake is cut', () => {
  const one = new File(['x'], 'a')
  const found = chosen(Array.from({ length: MOST_FILES + 1 }, () => one))
  expect([found.files.length, found.cut]).toEqual([MOST_FILES, true])
})
