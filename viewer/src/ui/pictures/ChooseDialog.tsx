// Somebody who does not lead pressed a series: ask to lead, or open it for oneself.
import { askLead } from '../../app/lead'
import { t } from '../../i18n'
import { leadRights } from '../../session/folder'
import type { View } from '../../session/view'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { choosing } from './open'
import { openForMe } from './opening'

export function ChooseDialog({ view }: { view: View }) {
  const wanted = choosing.value
  if (!wanted) return null
  const { leader, mayAsk } = leadRights(view)
  const name = leader?.person.name
  const close = (): void => void (choosing.value = null)
  return (
    <Dialog title={t('pictures.choose.title')} onClose={close}>
      <p>{name ? t('pictures.choose.help', { name }) : t('pictures.choose.help_nobody')}</p>
      <div class="two-answers">
        <Button
          size="large"
          onPress={() => {
            close()
            openForMe(view, wanted.study, wanted.series)
          }}
        >
          {t('pictures.choose.own')}
        </Button>
        {mayAsk && (
          <Button
            tone="primary"
            size="large"
            onPress={() => {
              close()
              void askLead()
            }}
          >
            {t('pictures.lead.ask')}
          </Button>
        )}
      </div>
    </Dialog>
  )
}
