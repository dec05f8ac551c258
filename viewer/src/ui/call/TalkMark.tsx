// This person is talking: a mark beside the name; the ring around the picture says it a second time.
import { AudioLines } from 'lucide'

import { t } from '../../i18n'
import { Icon } from '../kit/Icon'

export function TalkMark() {
  return (
    <span class="talk-mark" title={t('call.talks')}>
      <Icon of={AudioLines} size={16} />
      <span class="spoken">{t('call.talks')}</span>
    </span>
  )
}
