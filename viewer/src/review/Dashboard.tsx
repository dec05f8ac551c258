// The figures of a period: how quickly, how complete, how well reviewed. What rests on few is withheld, and says so.
import { Download } from 'lucide'
import { useState } from 'preact/hooks'

import { known, language, t } from '../i18n'
import { serverNow } from '../session/clock'
import { Icon } from '../ui/kit/Icon'
import { Strip } from '../ui/kit/Strip'
import { csvPath, dashboard, percent, span, withheldWords } from './figures'
import type { Dashboard as Found, Duration, Part, Query, Share } from './figures'
import { LoadState, useLoaded } from './load'
import { CountBar, Plot, ShareBar, SpanBar } from './plots'
import type { PlotRow } from './plots'
import { Scores } from './Scores'

const PERIODS = [30, 90, 365] as const
const DAY_MS = 86_400_000

export function Dashboard() {
  const [query, setQuery] = useState<Query>({ first: '', last: '', department: '' })
  const loaded = useLoaded(() => dashboard(query), [query.first, query.last, query.department])
  const found = loaded.data
  return (
    <>
      <Filter query={query} found={found} onChange={setQuery} />
      <LoadState loaded={loaded} />
      {found && (
        <>
          <p class="quiet">
            {t('review.dashboard.of', { n: found.figures.consultations, ...found.period })}{' '}
            {t('review.dashboard.fewest', { n: found.fewest })}
          </p>
          {found.figures.consultations === 0 && <Strip tone="info" words={t('review.dashboard.none')} />}
          {found.figures.consultations > 0 && <All found={found} />}
        </>
      )}
    </>
  )
}

function All({ found }: { found: Found }) {
  return (
    <div class="plots">
      <Durations found={found} />
      <Shares found={found} />
      <Recorded found={found} />
      <Parts
        caption={t('review.dashboard.outcomes')}
        parts={found.figures.outcomes}
        of="outcome"
        fewest={found.fewest}
      />
      {found.figures.not_completed.length > 0 && (
        <Parts
          caption={t('review.dashboard.not_completed')}
          parts={found.figures.not_completed}
          of="closed"
          fewest={found.fewest}
        />
      )}
      <Scores found={found} />
    </div>
  )
}

// ---- of what ----------------------------------------------------------------------------------------------------------

interface FilterProps {
  query: Query
  found: Found | null
  onChange: (query: Query) => void
}

function Filter({ query, found, onChange }: FilterProps) {
  const back = (days: number): void => onChange({ ...query, ...lastDays(days) })
  const period = found?.period ?? { first: query.first, last: query.last }
  return (
    <div class="card review-filter">
      <fieldset class="field">
        <legend>{t('review.dashboard.period')}</legend>
        <div class="choices">
          {PERIODS.map((days) => (
            <label key={days} class="choice">
              <input
                type="radio"
                name="period"
                checked={period.first === lastDays(days).first && period.last === lastDays(days).last}
                onChange={() => back(days)}
              />
              <span>{t('review.dashboard.days', { n: days })}</span>
            </label>
          ))}
        </div>
      </fieldset>
      {(['first', 'last'] as const).map((end) => (
        <label key={end} class="field">
          <span>{t(`review.dashboard.${end}`)}</span>
          <input
            type="date"
            value={period[end]}
            onChange={(event) =>
              event.currentTarget.value && onChange({ ...query, ...period, [end]: event.currentTarget.value })
            }
          />
        </label>
      ))}
      <label class="field">
        <span>{t('review.work.department')}</span>
        <select
          value={query.department}
          onChange={(event) => onChange({ ...query, department: event.currentTarget.value })}
        >
          <option value="">{t('review.dashboard.all')}</option>
          {(found?.departments ?? []).map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <a class="button quiet normal" href={csvPath(query)} download>
        <Icon of={Download} />
        <span>{t('review.dashboard.csv')}</span>
      </a>
    </div>
  )
}

/** Whole days of UTC, as the server counts them. */
function lastDays(days: number): { first: string; last: string } {
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
  const now = serverNow()
  return { first: day(now - (days - 1) * DAY_MS), last: day(now) }
}

// ---- the plots --------------------------------------------------------------------------------------------------------

function Durations({ found }: { found: Found }) {
  const { figures, fewest } = found
  const named: [string, Duration][] = [
    ['to_answer', figures.to_answer],
    ['to_media', figures.to_media],
    ['to_opinion', figures.to_opinion],
  ]
  const most = Math.max(1, ...named.map(([, one]) => one.p90_ms ?? 0))
  const rows = named.map(([name, one]): PlotRow => {
    const words = t(`review.dashboard.${name}`)
    if (one.median_ms === null || one.p90_ms === null)
      return { name: words, cells: [String(one.n), withheldWords(one.withheld, fewest), '–'], bar: null }
    const bar = <SpanBar median={one.median_ms} p90={one.p90_ms} most={most} />
    return { name: words, cells: [String(one.n), span(one.median_ms), span(one.p90_ms)], bar }
  })
  const columns = ['what', 'n', 'median', 'p90'].map((name) => t(`review.dashboard.${name}`))
  return <Plot caption={t('review.dashboard.durations')} columns={columns} rows={rows} />
}

function Shares({ found }: { found: Found }) {
  const { figures, concordance, fewest } = found
  const named: [string, Share][] = [
    ['completed', figures.completed],
    ['told_in_time', figures.told_in_time],
    ['reviewed', figures.reviewed],
    ['concordance', concordance],
  ]
  const rows = named.map(([name, one]) => shareRow(t(`review.dashboard.${name}`), one, fewest))
  const columns = ['what', 'n', 'share'].map((name) => t(`review.dashboard.${name}`))
  return <Plot caption={t('review.dashboard.shares')} columns={columns} rows={rows} />
}

function shareRow(name: string, one: Share, fewest: number): PlotRow {
  if (one.share === null) return { name, cells: [String(one.n), withheldWords(one.withheld, fewest)], bar: null }
  return { name, cells: [String(one.n), percent(one.share)], bar: <ShareBar share={one.share} /> }
}

function Recorded({ found }: { found: Found }) {
  const { recording } = found.figures
  const columns = ['what', 'share'].map((name) => t(`review.dashboard.${name}`))
  const caption = t('review.dashboard.recording', { n: recording.n })
  if (recording.complete === null) {
    const cells = [withheldWords(recording.withheld, found.fewest)]
    const rows = [{ name: t('review.dashboard.complete'), cells, bar: null }, witnessRow(found)]
    return <Plot caption={caption} columns={columns} rows={rows} />
  }
  const rows: PlotRow[] = [
    {
      name: t('review.dashboard.complete'),
      cells: [percent(recording.complete, 2)],
      bar: <ShareBar share={recording.complete} />,
    },
  ]
  if (recording.lost !== null) {
    const bar = <ShareBar share={recording.lost} good={false} />
    rows.push({ name: t('review.dashboard.lost'), cells: [percent(recording.lost, 2)], bar })
  }
  for (const name of ['missed_s', 'paused_s', 'damaged_s'] as const)
    rows.push({ name: t(`review.dashboard.${name}`), cells: [span((recording[name] ?? 0) * 1000)], bar: null })
  for (const name of ['gaps', 'keyframe_gaps'] as const)
    rows.push({ name: t(`review.dashboard.${name}`), cells: [String(recording[name] ?? 0)], bar: null })
  rows.push(witnessRow(found))
  return <Plot caption={caption} columns={columns} rows={rows} />
}

function witnessRow({ witnesses, unwitnessed_h }: Found): PlotRow {
  const name = t('review.dashboard.unwitnessed')
  const cell = witnesses === 0 ? t('review.dashboard.no_witness') : t('review.dashboard.hours', { n: unwitnessed_h })
  return { name, cells: [cell], bar: null }
}

interface PartsProps {
  caption: string
  parts: readonly Part[]
  of: string
  fewest: number
}

function Parts({ caption, parts, of, fewest }: PartsProps) {
  void language.value
  const most = Math.max(1, ...parts.map((part) => part.count ?? 0))
  const rows = parts.map((part): PlotRow => {
    const key = `review.${of}.${part.name}`
    const name = known(key) ? t(key) : t('review.closed.other', { code: part.name })
    if (part.count === null) return { name, cells: [withheldWords('too_few', fewest)], bar: null }
    return { name, cells: [String(part.count)], bar: <CountBar count={part.count} most={most} /> }
  })
  const columns = ['what', 'count'].map((name) => t(`review.dashboard.${name}`))
  return <Plot caption={caption} columns={columns} rows={rows} />
}
