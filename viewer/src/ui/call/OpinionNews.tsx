// An opinion came for me and I have not acknowledged it: one line over the stage, red if a value is critical.
import { t } from '../../i18n'
import * as store from '../../session/store'
import type { View } from '../../session/view'
import { Button } from '../kit/Button'
import { Strip } from '../kit/Strip'
import { panel } from './panel'

export function opinionNews({ state }: View): preact.JSX.Element | null {
  const me = store.me.value?.account
  if (state.requester?.account !== me || panel.value === 'opinion') return null
  const unread = state.opinions.filter((one) => !one.acknowledged.some(({ person }) => person.account === me))
  const last = unread[unread.length - 1]
  if (!last) return null
  const critical = unread.some((one) => one.opinion.critical)
  const words = t(critical ? 'opinion.news_critical' : 'opinion.news', { name: last.signer.name })
  return (
    <Strip key="opinion" tone={critical ? 'bad' : 'info'} words={words}>
      <Button tone="primary" onPress={() => (panel.value = 'opinion')}>
        {t('opinion.read')}
      </Button>
    </Strip>
  )
}
