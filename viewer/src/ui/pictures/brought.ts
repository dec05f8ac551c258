// What was dropped or chosen, on its way; and what is said where nothing of it can go.
import { bring, followBringing } from '../../app/bringing'
import * as store from '../../session/store'
import { panel } from '../call/panel'
import { MOST_FILES, walk } from './gather'
import type { Dropped, Gathered } from './gather'
import './words'

followBringing()

export async function broughtEntries(dropped: readonly Dropped[]): Promise<void> {
  panel.value = 'pictures'
  let unread = 0
  const found = await walk(dropped, () => unread++)
  brought(found, unread)
}

export function brought({ files, zips, cut }: Gathered, unread: number): void {
  if (files.length + zips.length > 0) bring(files, zips)
  else if (unread === 0) tell('pictures.nothing_in_it')
  if (cut) tell('pictures.cut', { count: MOST_FILES })
  if (unread > 0) tell('pictures.unread', { count: unread })
}

function tell(kind: string, values?: Record<string, number>): void {
  store.notice.value = { kind, tone: 'warn', values }
}
