// The consent that holds, and what the recording does not hold.
import { t } from '../../i18n'
import { personOf } from '../../session/view'
import type { View } from '../../session/view'
import type { ConsentState, Gap } from '../../session/wire.gen'
import { dayTime, duration } from '../words'

export function OnRecord({ view, held }: { view: View; held: ConsentState }) {
  const { consent, at, participant } = held
  const giver = consent.giver === 'guardian' ? consent.giver_name : (view.state.patient?.name ?? '')
  const rows: [string, string][] = [
    [t('recording.from'), t(`recording.giver_is.${consent.giver}`, { name: giver })],
    [t('recording.how'), t(`recording.given.${consent.how}`, { witness: consent.witness })],
    [t('recording.taken'), `${personOf(view.state, participant)?.name ?? ''} · ${dayTime(at)}`],
    [t('recording.for'), consent.uses.map((use) => t(`recording.use.${use}`)).join(' · ')],
    [t('recording.until'), consent.until ? dayTime(consent.until) : t('recording.term.0')],
  ]
  return (
    <dl class="figure-list">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** From when to when, counted from when the call began. */
export function Gaps({ view, gaps }: { view: View; gaps: readonly Gap[] }) {
  if (gaps.length === 0) return null
  const start = Math.max(0, view.state.opened_t)
  const clock = (t: number): string => duration(Math.max(0, (t - start) / 1e6))
  return (
    <section class="recording-gaps">
      <h3>{t('recording.gaps')}</h3>
      <ul>
        {gaps.map((gap) => (
          <li key={`${gap.from_t} ${gap.reason}`}>
            <span class="figures">{`${clock(gap.from_t)} – ${gap.to_t < 0 ? '…' : clock(gap.to_t)}`}</span>
            <span>{t(`recording.gap.${gap.reason}`)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
