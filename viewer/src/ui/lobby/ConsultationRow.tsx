// One consultation in a list: whose, what was asked, where it stands in words, what is to be done and by whom.
import { BadgeCheck, FilePenLine, Hourglass, PhoneCall, TriangleAlert } from 'lucide'

import { call, goBackIn } from '../../app/lobby'
import type { Wish } from '../../app/lobby'
import { t } from '../../i18n'
import { serverNow } from '../../session/clock'
import * as store from '../../session/store'
import { myTasks, othersTasks } from '../../session/tasks'
import type { Task } from '../../session/tasks'
import type { Brief } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Icon } from '../kit/Icon'
import { dayTime } from '../words'
import { nobodyNotice } from './Departments'

const ICONS = {
  tell_critical: TriangleAlert,
  write_opinion: FilePenLine,
  acknowledge: BadgeCheck,
  call_again: PhoneCall,
}

export function Row({ brief }: { brief: Brief }) {
  const me = store.me.value
  if (!me) return null
  const mine = myTasks(brief, me.account, serverNow())
  const theirs = othersTasks(brief, me.account, serverNow())
  return (
    <li class="consultation-row">
      <div class="grow">
        <p>
          <strong>{brief.patient.name}</strong>
          <span class="quiet small one-line">{brief.reason}</span>
          <span class="quiet small">{[dayTime(brief.requested_at), status(brief), other(brief)].join(' · ')}</span>
        </p>
        <ul class="tasks">
          {mine.map((task) => (
            <li key={task} class={`task mine${tone(task)}`}>
              <Icon of={ICONS[task]} size={16} />
              {t(`task.mine.${task}`)}
            </li>
          ))}
          {theirs.map((task) => (
            <li key={task} class={`task${tone(task)}`}>
              <Icon of={task === 'tell_critical' ? TriangleAlert : Hourglass} size={16} />
              {t(`task.theirs.${task}`)}
            </li>
          ))}
        </ul>
      </div>
      <NextStep brief={brief} task={mine[0]} />
    </li>
  )
}

function NextStep({ brief, task }: { brief: Brief; task: Task | undefined }) {
  const whose = brief.patient.name
  const look = (): void => {
    store.opened.value = brief.consultation
  }
  // How to move it here stands above everything else: `ElsewhereStrip`.
  if (brief.status === 'open' && brief.joined) return <span class="pill ok">{t('lobby.on_other_device')}</span>
  if (brief.status === 'open') {
    return (
      <Button
        tone="primary"
        busy={store.busy.value === 'enter'}
        onPress={() => void goBackIn(brief.consultation)}
        label={`${t('lobby.go_back_in')}: ${whose}`}
      >
        {t('lobby.go_back_in')}
      </Button>
    )
  }
  if (brief.status !== 'closed') return null
  if (task === 'call_again') {
    const press = (): void => void call(wishOf(brief), () => nobodyNotice(brief.department))
    return (
      <Button busy={store.busy.value === 'call'} onPress={press} label={`${t('after.again')}: ${whose}`}>
        {t('after.again')}
      </Button>
    )
  }
  return (
    <Button tone={task ? 'primary' : 'quiet'} onPress={look} label={`${t('cases.look')}: ${whose}`}>
      {t('cases.look')}
    </Button>
  )
}

function tone(task: Task): string {
  return task === 'tell_critical' ? ' danger' : ''
}

function wishOf({ patient, reason, urgency, department }: Brief): Wish {
  return { patient, reason, urgency, department }
}

/** Where it stands; an ended one that nobody answered says so. */
function status(brief: Brief): string {
  const unanswered = brief.status === 'closed' && brief.opened_at === 0
  return t(unanswered ? 'cases.unanswered' : `status.${brief.status}`)
}

/** The other of the two. */
function other(brief: Brief): string {
  const { requester, specialist } = brief
  return (requester.account === store.me.value?.account ? specialist?.name : requester.name) ?? t('after.never')
}
