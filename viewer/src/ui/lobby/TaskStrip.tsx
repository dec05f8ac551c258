// What waits for me, over everything else in the lobby: on a phone the list is far below.
import { t } from '../../i18n'
import { serverNow } from '../../session/clock'
import * as store from '../../session/store'
import { myTasks } from '../../session/tasks'
import type { Task } from '../../session/tasks'
import type { Brief } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Strip } from '../kit/Strip'

export function TaskStrip() {
  const me = store.me.value
  const briefs = store.lobby.value?.consultations ?? []
  if (!me) return null
  // Somebody in a call is in it; calling again is the big button itself.
  const ended = briefs.filter((brief) => brief.status === 'closed' && brief.opened_at > 0)
  const waiting = ended.flatMap((brief) => myTasks(brief, me.account, serverNow()).map((task) => ({ brief, task })))
  const first = waiting.find(({ task }) => task === 'tell_critical') ?? waiting[0]
  return first ? <Waiting {...first} count={waiting.length} /> : null
}

function Waiting({ brief, task, count }: { brief: Brief; task: Task; count: number }) {
  const words = `${t(`task.mine.${task}`)}: ${brief.patient.name}`
  const look = (): void => {
    store.opened.value = brief.consultation
  }
  return (
    <Strip tone={task === 'tell_critical' ? 'bad' : 'info'} words={words}>
      {count > 1 && <Button onPress={() => (store.listing.value = true)}>{t('task.count', { count })}</Button>}
      <Button tone="primary" onPress={look}>
        {t('cases.look')}
      </Button>
    </Strip>
  )
}
