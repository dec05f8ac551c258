// What the reviews say: how often each answer stands, and how far two reviewers agree.
import { language, t } from '../i18n'
import { coefficient, percent, withheldWords } from './figures'
import type { Agreement, Dashboard, Estimate, FormScores, ItemScores } from './figures'
import { CountBar, IntervalBar, Plot, ShareBar } from './plots'
import type { PlotRow } from './plots'

export function Scores({ found }: { found: Dashboard }) {
  return (
    <>
      {found.forms.map((form) => (
        <OfForm key={form.form.digest} form={form} fewest={found.fewest} />
      ))}
      {found.forms.length > 0 && <p class="quiet small">{t('review.dashboard.agreement_help')}</p>}
    </>
  )
}

function OfForm({ form, fewest }: { form: FormScores; fewest: number }) {
  const title = form.title[language.value]
  return (
    <>
      <h2 class="form-scores">{t('review.dashboard.form', { title, n: form.cases, double: form.double })}</h2>
      {form.items.map((item) => (
        <OfItem key={item.item} item={item} double={form.double > 0} fewest={fewest} />
      ))}
    </>
  )
}

function OfItem({ item, double, fewest }: { item: ItemScores; double: boolean; fewest: number }) {
  const of = item.words[language.value]
  const [what, count, n] = [t('review.dashboard.what'), t('review.dashboard.count'), t('review.dashboard.n')]
  return (
    <>
      <Plot
        caption={of}
        columns={[what, count]}
        rows={item.withheld ? [withheldRow(item, fewest)] : item.parts.map((part) => partRow(item, part, fewest))}
      />
      {double && (
        <Plot
          caption={t('review.dashboard.agreement', { of })}
          columns={[what, n, t('review.dashboard.value'), t('review.dashboard.interval')]}
          rows={agreementRows(item, fewest)}
        />
      )}
    </>
  )
}

function withheldRow(item: ItemScores, fewest: number): PlotRow {
  const name = t('review.dashboard.settled', { n: item.n })
  return { name, cells: [withheldWords(item.withheld, fewest)], bar: null }
}

function partRow(item: ItemScores, part: { name: string; count: number | null }, fewest: number): PlotRow {
  if (part.count === null) return { name: part.name, cells: [withheldWords('too_few', fewest)], bar: null }
  return { name: part.name, cells: [String(part.count)], bar: <CountBar count={part.count} most={item.n} /> }
}

function agreementRows(item: ItemScores, fewest: number): PlotRow[] {
  const { agreement } = item
  const weighted = agreement.weights !== 'identity'
  const named: [string, Estimate][] = [
    [t('review.dashboard.percent'), agreement.percent],
    [t(weighted ? 'review.dashboard.kappa_weighted' : 'review.dashboard.kappa'), agreement.kappa],
    [t(weighted ? 'review.dashboard.ac2' : 'review.dashboard.ac1'), agreement.ac],
  ]
  return named.map(([name, one], at) => estimateRow(name, agreement, one, at === 0, fewest))
}

function estimateRow(name: string, of: Agreement, one: Estimate, share: boolean, fewest: number): PlotRow {
  if (one.value === null)
    return { name, cells: [String(of.pairs), withheldWords(one.withheld, fewest), '–'], bar: null }
  const said = (value: number): string => (share ? percent(value) : coefficient(value))
  const interval = one.low === null || one.high === null ? '–' : `${said(one.low)} – ${said(one.high)}`
  const bar = share ? <ShareBar share={one.value} /> : <IntervalBar value={one.value} low={one.low} high={one.high} />
  return { name, cells: [String(of.pairs), said(one.value), interval], bar }
}
