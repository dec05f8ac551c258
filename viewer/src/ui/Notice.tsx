// The one message about something that just happened; stays until dismissed or overtaken.
import { X } from 'lucide'

import { t } from '../i18n'
import * as store from '../session/store'
import { Icon } from './kit/Icon'
import { Strip } from './kit/Strip'
import { noticeWords } from './words'

export function Notice() {
  const notice = store.notice.value
  if (!notice) return null
  return (
    <div class="notice">
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
    </div>
  )
}
