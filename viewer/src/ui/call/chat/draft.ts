// The line that is being written: its words, its picture. Kept while the viewer looks at another panel.
import { signal } from '@preact/signals'

import { post } from '../../../app/outbox'
import type { Enclosed } from '../../../app/outbox'
import { redraw } from '../../../rtc/picture'
import * as store from '../../../session/store'

export const draftText = signal('')
export const draftPicture = signal<Enclosed | null>(null)

/** A chosen, pasted or dropped file: shown before it is sent, in the form in which it will be. */
export async function takePicture(file: Blob | null): Promise<void> {
  const blob = file && (await redraw(file))
  if (!blob) {
    store.notice.value = { kind: 'chat.picture_unreadable', tone: 'warn' }
    return
  }
  dropPicture()
  draftPicture.value = { kind: 'picture', blob, url: URL.createObjectURL(blob), durationMs: 0 }
}

export function dropPicture(): void {
  if (draftPicture.value) URL.revokeObjectURL(draftPicture.value.url)
  draftPicture.value = null
}

/** False: there is nothing to send. */
export function sendDraft(): boolean {
  const words = draftText.value.trim()
  const picture = draftPicture.value
  if (!words && !picture) return false
  draftText.value = ''
  draftPicture.value = null // its URL goes on with the line
  post(words, picture)
  return true
}

export function sendVoice(blob: Blob, durationMs: number): void {
  post('', { kind: 'voice', blob, url: URL.createObjectURL(blob), durationMs })
}

/** A new consultation begins with an empty page. */
export function resetDraft(): void {
  draftText.value = ''
  dropPicture()
}
