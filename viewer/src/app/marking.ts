// Marks on pictures: drawn, and taken back by whoever drew them. What is refused is said in words.
import type { Mark } from '../session/wire.gen'
import { failed } from './call'
import { link } from './wire'

export function addMark(mark: Mark): void {
  link.request({ type: 'add_mark', mark }).catch(failed)
}

export function removeMark(key: string): void {
  link.request({ type: 'remove_mark', key }).catch(failed)
}
