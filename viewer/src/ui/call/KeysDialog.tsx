// The keys of a consultation, and the switch that turns them off (WCAG 2.1.4).
import { t } from '../../i18n'
import { KEYS } from '../../session/keys'
import { Dialog } from '../kit/Dialog'
import { dialog } from './panel'
import { keysOn, setKeysOn } from './shortcuts'

export function KeysDialog() {
  return (
    <Dialog title={t('keys.title')} onClose={() => (dialog.value = null)}>
      <dl class="figure-list">
        {Object.entries(KEYS).map(([key, action]) => (
          <div key={key}>
            <dt>{t(`keys.${action}`)}</dt>
            <dd>
              <kbd>{key.toUpperCase()}</kbd>
            </dd>
          </div>
        ))}
      </dl>
      <label class="check-line">
        <input type="checkbox" checked={keysOn.value} onChange={(event) => setKeysOn(event.currentTarget.checked)} />
        <span>{t('keys.on')}</span>
      </label>
      <p class="quiet small">{t('keys.typing')}</p>
    </Dialog>
  )
}
