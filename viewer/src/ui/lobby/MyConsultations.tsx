// My consultations: open ones first, then those where I have something to do, then the last ended ones.
import { ClipboardCheck, List } from 'lucide'

import { hasResults, mayCall } from '../../app/roles'
import { t } from '../../i18n'
import { serverNow } from '../../session/clock'
import * as store from '../../session/store'
import { myTasks } from '../../session/tasks'
import type { AccountId, Brief } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Row } from './ConsultationRow'

const ENDED_SHOWN = 5

export function inOrder(briefs: readonly Brief[], me: AccountId | undefined): Brief[] {
  const ended = (brief: Brief): boolean => brief.status === 'closed' || brief.status === 'closing'
  const newest = (a: Brief, b: Brief): number => b.requested_at - a.requested_at
  const mine = (brief: Brief): boolean => me !== undefined && myTasks(brief, me, serverNow()).length > 0
  const open = briefs.filter((brief) => !ended(brief)).sort(newest)
  const past = briefs.filter(ended).sort(newest)
  const waiting = past.filter(mine)
  const done = past.filter((brief) => !mine(brief))
  return [...open, ...waiting, ...done.slice(0, Math.max(0, ENDED_SHOWN - waiting.length))]
}

/** Whoever is asked may find there what others opened to them. */
function hasList(briefs: readonly Brief[]): boolean {
  return briefs.length > 0 || !mayCall(store.me.value?.role ?? 'observer')
}

export function MyConsultations({ title, help }: { title?: string; help?: string }) {
  const briefs = inOrder(store.lobby.value?.consultations ?? [], store.me.value?.account)
  return (
    <section class="card" aria-labelledby="mine-title">
      <h2 id="mine-title">{title ?? t('lobby.mine')}</h2>
      {help && <p class="quiet">{help}</p>}
      {briefs.length === 0 && <p class="quiet">{t('lobby.none')}</p>}
      <ul class="rows">
        {briefs.map((brief) => (
          <Row key={brief.consultation} brief={brief} />
        ))}
      </ul>
      {hasList(briefs) && (
        <Button icon={List} onPress={() => (store.listing.value = true)}>
          {t('cases.all_mine')}
        </Button>
      )}
      {store.me.value && hasResults(store.me.value.role) && (
        <Button icon={ClipboardCheck} onPress={() => (store.review.value = 'results')}>
          {t('lobby.results')}
        </Button>
      )}
    </section>
  )
}
