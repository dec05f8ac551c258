// My consultations: open ones first, each with its next step; then the last ended ones.
import { goBackIn } from '../../app/lobby'
import { t } from '../../i18n'
import * as store from '../../session/store'
import type { Brief } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { dayTime } from '../words'

const ENDED_SHOWN = 5

export function inOrder(briefs: readonly Brief[]): Brief[] {
  const ended = (brief: Brief): boolean => brief.status === 'closed' || brief.status === 'closing'
  const newest = (a: Brief, b: Brief): number => b.requested_at - a.requested_at
  const open = briefs.filter((brief) => !ended(brief)).sort(newest)
  return [...open, ...briefs.filter(ended).sort(newest).slice(0, ENDED_SHOWN)]
}

export function MyConsultations({ title, help }: { title?: string; help?: string }) {
  const briefs = inOrder(store.lobby.value?.consultations ?? [])
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
    </section>
  )
}

function Row({ brief }: { brief: Brief }) {
  const open = brief.status === 'open'
  const way = t(brief.joined ? 'lobby.continue_here' : 'lobby.go_back_in')
  return (
    <li>
      <p class="grow">
        <strong>{brief.patient.name}</strong>
        <span class="quiet small one-line">{brief.reason}</span>
        <span class="quiet small">{`${dayTime(brief.requested_at)} · ${t(`status.${brief.status}`)}`}</span>
        {open && brief.joined && <span class="small">{t('lobby.elsewhere')}</span>}
      </p>
      {open && (
        <Button
          tone="primary"
          busy={store.busy.value === 'enter'}
          onPress={() => void goBackIn(brief.consultation)}
          label={`${way}: ${brief.patient.name}`}
        >
          {way}
        </Button>
      )}
    </li>
  )
}
