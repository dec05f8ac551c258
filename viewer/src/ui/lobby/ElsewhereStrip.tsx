// The call I am in on another device of mine: one press moves it here.
import { goBackIn } from '../../app/lobby'
import { t } from '../../i18n'
import * as store from '../../session/store'
import { Button } from '../kit/Button'
import { Strip } from '../kit/Strip'

export function ElsewhereStrip() {
  const there = store.lobby.value?.consultations.find((brief) => brief.status === 'open' && brief.joined)
  if (!there) return null
  return (
    <Strip tone="info" words={t('lobby.elsewhere', { patient: there.patient.name })}>
      <Button tone="primary" busy={store.busy.value === 'enter'} onPress={() => void goBackIn(there.consultation)}>
        {t('lobby.continue_here')}
      </Button>
    </Strip>
  )
}
