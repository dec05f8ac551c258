// The one message about something that just happened; stays until dismissed or overtaken.
import { X } from 'lucide'

import { t } from '../i18n'
import * as store from '../session/store'
import { Icon } from './kit/Icon'
import { Strip } from './kit/Strip'
import { noticeWords } from './words'

/** Where a page has no place of its own for it: floating at the bottom. */
export function FloatingNotice() {
  return (
    <div class="floating">
      <Notice />
    </div>
  )
}

export function Notice() {
  const notice = store.notice.value
  if (!notice) return null
  return (
    <Strip tone={notice.tone} words={noticeWords(notice.kind, notice.values)} code={notice.code}>
      <button
        type="button"
        class="button plain only-icon"
        aria-label={t('notice.dismiss')}
        onClick={() => (store.notice.value = null)}
      >
        <Icon of={X} />
      </button>
    </Strip>
  )
}
