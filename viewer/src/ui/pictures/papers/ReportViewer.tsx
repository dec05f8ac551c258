// A structured report as text.
import { t } from '../../../i18n'
import { metadataOf } from '../../../session/dicomweb'
import type { Picture } from '../../../session/wire.gen'
import { useLoaded } from '../loaded'
import { reportOf } from './report'
import type { Line, Report } from './report'

export function ReportViewer({ base, picture, n }: { base: string; picture: Picture; n: number }) {
  const { data, state } = useLoaded({
    load: async () => reportOf(await metadataOf(base, picture)),
    deps: [base, picture.instance],
    n,
    fit: () => true,
  })
  if (!data) return state
  return (
    <article class="report" tabIndex={0} aria-label={t('pictures.report.name')}>
      <h2>{data.title || t('pictures.report.name')}</h2>
      <p class="quiet small">{stateWords(data)}</p>
      {data.lines.length === 0 && <p>{t('pictures.report.empty')}</p>}
      <Lines lines={data.lines} />
    </article>
  )
}

function stateWords({ verified, complete, verifiers }: Report): string {
  const parts = [t(verified ? 'pictures.report.verified' : 'pictures.report.unverified')]
  if (!complete) parts.push(t('pictures.report.partial'))
  return [...parts, ...verifiers.map((name) => t('pictures.report.by', { name }))].join(' · ')
}

function Lines({ lines }: { lines: readonly Line[] }) {
  if (lines.length === 0) return null
  return (
    <ul>
      {lines.map((line, n) => (
        <li key={n}>
          {line.heading ? <strong>{line.name}</strong> : <Value line={line} />}
          <Lines lines={line.below} />
        </li>
      ))}
    </ul>
  )
}

function Value({ line: { name, value, picture } }: { line: Line }) {
  return (
    <p>
      {name && <span class="quiet">{`${name}: `}</span>}
      <span class="report-value">{picture ? t('pictures.report.picture') : value}</span>
    </p>
  )
}
