// What reviews said of my own consultations, with the moments that matter.
import { language, t } from '../i18n'
import { stamp } from '../ui/words'
import { results } from './api'
import type { Item, ItemResult, ResultRow } from './api'
import { valueWords } from './FormFill'
import { LoadState, useLoaded } from './load'
import { MomentChip, WatchLink } from './Moments'

export function Results() {
  const loaded = useLoaded(results, [])
  return (
    <>
      <p class="quiet">{t('review.results.help')}</p>
      <LoadState loaded={loaded} />
      {loaded.data?.length === 0 && <p class="quiet">{t('review.results.none')}</p>}
      {loaded.data?.map((row) => (
        <One key={`${row.consultation} ${row.result.case}`} row={row} />
      ))}
    </>
  )
}

function One({ row }: { row: ResultRow }) {
  const id = `result-${row.consultation}-${row.result.case}`
  const items = new Map(row.form.items.map((item) => [item.id, item]))
  const who = row.reviewers.length > 0 ? t('review.results.by', { names: row.reviewers.join(', ') }) : ''
  return (
    <section class="card" aria-labelledby={id}>
      <header class="case-title">
        <h2 id={id}>{row.form.title[language.value]}</h2>
        <span class="quiet small">
          {t('review.results.of', {
            time: stamp(row.requested_at),
            department: row.department || t('review.work.any'),
          })}
        </span>
      </header>
      <dl class="summary result">
        {row.result.items.map((result) => (
          <Line key={result.item} consultation={row.consultation} item={items.get(result.item)} result={result} />
        ))}
      </dl>
      {row.result.notes.length > 0 && (
        <ul class="notes">
          {row.result.notes.map((note, at) => (
            <li key={at}>
              <WatchLink consultation={row.consultation} at={note.t} />
              <span class="grow">{note.text}</span>
            </li>
          ))}
        </ul>
      )}
      {row.result.why && <p class="review-why">{t('review.case.why_was', { why: row.result.why })}</p>}
      <p class="quiet small">
        {[t(row.result.double ? 'review.results.two' : 'review.results.one', { time: stamp(row.result.at) }), who]
          .filter(Boolean)
          .join(' ')}
      </p>
    </section>
  )
}

function Line({ consultation, item, result }: { consultation: string; item: Item | undefined; result: ItemResult }) {
  if (item?.type === 'text' && result.said.length === 0) return null
  return (
    <div>
      <dt>{item ? item.words[language.value] : result.item}</dt>
      <dd>
        {item?.type === 'text'
          ? result.said.map((words, at) => <p key={at}>{words}</p>)
          : valueWords(item, result.value)}
        <p class="moments">
          {result.moments.map((moment) => (
            <MomentChip key={JSON.stringify(moment)} consultation={consultation} moment={moment} />
          ))}
        </p>
      </dd>
    </div>
  )
}
