// Who leads, and what is in the folder: asked of the server, which decides. What is refused is said in words.
import { RequestFailed } from '../session/link'
import type { Request } from '../session/link'
import type { ParticipantId, PictureSource, StudyId } from '../session/wire.gen'
import { failed } from './call'
import { link } from './wire'

export const askLead = (): Promise<boolean> => asked({ type: 'ask_lead' })
export const takeLead = (): Promise<boolean> => asked({ type: 'take_lead' })
export const returnLead = (): Promise<boolean> => asked({ type: 'return_lead' })
export const giveLead = (participant: ParticipantId): Promise<boolean> => asked({ type: 'give_lead', participant })

export const confirmStudy = (study: StudyId): Promise<boolean> => asked({ type: 'confirm_study', study })
export const withdrawStudy = (study: StudyId): Promise<boolean> => asked({ type: 'withdraw_study', study })
export const shareStudy = (study: StudyId, source: PictureSource): Promise<boolean> =>
  asked({ type: 'share_study', study, source })

/** A study of my clinic's: from this server's own folder or, if it is not there, from the PACS. */
export async function bringStudy(study: StudyId): Promise<boolean> {
  try {
    await link.request({ type: 'share_study', study, source: 'folder' })
    return true
  } catch (error) {
    const elsewhere = error instanceof RequestFailed && error.code === 'not_found'
    return elsewhere ? shareStudy(study, 'pacs') : said(error)
  }
}

/** Whether it was done; else the page has said why not. */
async function asked(request: Request): Promise<boolean> {
  try {
    await link.request(request)
    return true
  } catch (error) {
    return said(error)
  }
}

function said(error: unknown): false {
  failed(error instanceof RequestFailed ? error : new RequestFailed('internal'))
  return false
}
