// The other language, one press away, in its own words.
import { Languages } from 'lucide'

import { language, speak, t } from '../../i18n'
import { Icon } from './Icon'

export function LanguageSwitch() {
  const other = language.value === 'en' ? 'zh-CN' : 'en'
  return (
    <button type="button" class="button plain" lang={other} onClick={() => void speak(other)}>
      <Icon of={Languages} />
      <span>{t('language.other')}</span>
    </button>
  )
}
