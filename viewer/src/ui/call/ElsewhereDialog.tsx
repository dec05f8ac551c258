// How to go on on another device, in one sentence. The other device does the rest.
import { t } from '../../i18n'
import { Dialog } from '../kit/Dialog'
import { dialog } from './panel'

export function ElsewhereDialog() {
  return (
    <Dialog title={t('elsewhere.title')} onClose={() => (dialog.value = null)}>
      <p>{t('elsewhere.how', { address: location.host })}</p>
    </Dialog>
  )
}
