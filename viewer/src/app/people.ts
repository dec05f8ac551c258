// Asking others into my consultation, and moving it between my own devices.
import * as store from '../session/store'
import type { AccountId } from '../session/wire.gen'
import { failed, forget } from './call'
import { link } from './wire'

export async function invite(account: AccountId): Promise<void> {
  await link.request({ type: 'invite', account }).catch(failed)
}

export async function cancelInvitation(account: AccountId): Promise<void> {
  await link.request({ type: 'cancel_invitation', account }).catch(failed)
}

/** The call went to another device of mine; the user wants it here again. */
export function takeBack(): void {
  const view = store.view.value
  if (view) store.view.value = { ...view, resume: '' }
  store.replaced.value = false
  link.start()
}

/** It stays on the other device; this page goes back to the lobby and can be rung there. */
export function leaveItThere(): void {
  forget()
  store.replaced.value = false
  link.start()
}
