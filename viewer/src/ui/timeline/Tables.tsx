// The same in words: how long each step took, and everything in order.
import { useEffect, useRef } from 'preact/hooks'

import { t } from '../../i18n'
import type { Durations, Entry, Timeline } from '../../session/timeline'
import { amount, clock, ofWhat, who, why } from './said'

const FIGURES = ['joined', 'ice', 'dtls', 'first_packet', 'first_keyframe', 'answer'] as const
const COUNTS = ['disconnections', 'losses'] as const
const COLUMNS = ['number', 'time', 'who', 'what', 'of', 'value', 'reason'] as const

export function Figures({ found }: { found: Timeline }) {
  const lasted = found.answered < 0 ? -1 : found.end - found.answered
  const span = (us: number): string => (us < 0 ? t('timeline.never') : clock(us))
  return (
    <section>
      <h2>{t('timeline.durations')}</h2>
      <dl class="spans">
        <dt>{t('timeline.figure.answered')}</dt>
        <dd>{span(found.answered)}</dd>
        <dt>{t('timeline.figure.lasted')}</dt>
        <dd>{span(lasted)}</dd>
      </dl>
      <div class="table-place" role="region" aria-label={t('timeline.durations')} tabIndex={0}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{t('timeline.column.who')}</th>
              {[...FIGURES, ...COUNTS].map((name) => (
                <th key={name} scope="col">
                  {t(`timeline.figure.${name}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.durations.slice(1).map((row) => (
              <FigureRow key={row.lane} row={row} found={found} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function FigureRow({ row, found }: { row: Durations; found: Timeline }) {
  const lane = found.lanes[row.lane]
  return (
    <tr>
      <th scope="row">{lane && who(lane)}</th>
      {FIGURES.map((name) => (
        <td key={name} class="figures">
          {row[name] < 0 ? t('timeline.never') : t('timeline.unit.ms', { n: row[name] })}
        </td>
      ))}
      {COUNTS.map((name) => (
        <td key={name} class="figures">
          {t('timeline.times', { n: row[name] })}
        </td>
      ))}
    </tr>
  )
}

interface StepsProps {
  found: Timeline
  chosen: number
  onChoose: (number: number) => void
}

export function Steps({ found, chosen, onChoose }: StepsProps) {
  return (
    <section>
      <h2>{t('timeline.all')}</h2>
      <div class="table-place steps" role="region" aria-label={t('timeline.all')} tabIndex={0}>
        <table class="table">
          <thead>
            <tr>
              {COLUMNS.map((name) => (
                <th key={name} scope="col">
                  {t(`timeline.column.${name}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.entries.map((entry, index) => (
              <StepRow
                key={index}
                number={index + 1}
                entry={entry}
                found={found}
                chosen={chosen === index + 1}
                onChoose={onChoose}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

interface StepProps {
  number: number
  entry: Entry
  found: Timeline
  chosen: boolean
  onChoose: (number: number) => void
}

function StepRow({ number, entry, found, chosen, onChoose }: StepProps) {
  const row = useRef<HTMLTableRowElement>(null)
  const lane = found.lanes[entry.lane]
  // Pointing at the picture must not move the page: only the table's own window moves.
  useEffect(() => {
    const place = row.current?.closest('.steps')
    if (chosen && row.current && place && !place.matches(':hover')) {
      place.scrollTop = row.current.offsetTop - place.clientHeight / 2
    }
  }, [chosen])
  return (
    <tr ref={row} class={`${entry.sign}${chosen ? ' chosen' : ''}`} onMouseEnter={() => onChoose(number)}>
      <td class="figures">{number}</td>
      <td class="figures">{clock(entry.t)}</td>
      <td>{lane && who(lane)}</td>
      <td>{t(`timeline.what.${entry.what}`)}</td>
      <td>{ofWhat(entry)}</td>
      <td class="figures">{amount(entry)}</td>
      <td>{why(entry)}</td>
    </tr>
  )
}
