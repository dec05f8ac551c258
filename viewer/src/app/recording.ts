// Consent and recording: asked of the server, which decides. What is refused is said in words.
import { upload } from '../session/attachments'
import { consentOf } from '../session/consent'
import type { ConsentDraft } from '../session/consent'
import { HttpFailed } from '../session/http'
import { RequestFailed } from '../session/link'
import type { Request } from '../session/link'
import * as store from '../session/store'
import type { GapReason } from '../session/wire.gen'
import { failed } from './call'
import { link } from './wire'

/** Whether it is on record; else the page has said why not, and nothing is lost: the draft may be sent again. */
export async function giveConsent(draft: ConsentDraft, key: string): Promise<boolean> {
  try {
    const consultation = store.view.value?.consultation ?? ''
    const wants = draft.how !== 'witnessed' && draft.proof
    const sent = wants ? await upload(consultation, wants, store.csrf.value, () => undefined) : null
    await link.request({ type: 'give_consent', consent: consentOf(draft, key, sent?.sha256 ?? '') })
    return true
  } catch (error) {
    return said(error)
  }
}

export const withdrawConsent = (): Promise<boolean> => asked({ type: 'withdraw_consent' })
export const pauseRecording = (reason: GapReason): Promise<boolean> => asked({ type: 'pause_recording', reason })
export const resumeRecording = (): Promise<boolean> => asked({ type: 'resume_recording' })

async function asked(request: Request): Promise<boolean> {
  try {
    await link.request(request)
    return true
  } catch (error) {
    return said(error)
  }
}

function said(error: unknown): false {
  const code = error instanceof HttpFailed && error.code !== 'unreachable' ? error.code : 'disconnected'
  failed(error instanceof RequestFailed ? error : new RequestFailed(error instanceof HttpFailed ? code : 'internal'))
  return false
}
