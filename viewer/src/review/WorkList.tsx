// What there is to review for me: begun, to be decided, open; then what waits and what is done.
import { language, t } from '../i18n'
import * as store from '../session/store'
import { Button } from '../ui/kit/Button'
import { stamp } from '../ui/words'
import { worklist } from './api'
import type { Standing, WorkRow } from './api'
import { LoadState, useLoaded } from './load'

const SECTIONS = {
  draft: ['draft', 'to_decide', 'open'],
  waiting: ['waiting'],
  done: ['done'],
} as const satisfies Record<string, readonly Standing[]>

export function WorkList() {
  const loaded = useLoaded(worklist, [])
  const rows = loaded.data ?? []
  return (
    <>
      <LoadState loaded={loaded} />
      {loaded.data && rows.length === 0 && <p class="quiet">{t('review.work.none')}</p>}
      {Object.entries(SECTIONS).map(([name, standings]: [string, readonly Standing[]]) => (
        <Section key={name} rows={rows.filter((row) => standings.includes(row.standing))} of={name} />
      ))}
    </>
  )
}

function Section({ rows, of }: { rows: readonly WorkRow[]; of: string }) {
  if (rows.length === 0) return null
  const columns = ['form', 'requested', 'department', 'why', 'standing'] as const
  return (
    <section class="review-part" aria-labelledby={`work-${of}`}>
      <h2 id={`work-${of}`}>{t(`review.work.section.${of}`, { n: rows.length })}</h2>
      <div class="table-place">
        <table class="table stacked">
          <thead>
            <tr>
              {columns.map((name) => (
                <th key={name} scope="col">
                  {t(`review.work.${name}`)}
                </th>
              ))}
              <th scope="col">
                <span class="spoken">{t('review.work.open')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={`${row.consultation} ${row.case}`} row={row} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Row({ row }: { row: WorkRow }) {
  const title = row.title[language.value]
  const when = stamp(row.requested_at)
  return (
    <tr>
      <th scope="row">
        {title}
        {row.double && <span class="quiet small block">{t('review.work.double')}</span>}
      </th>
      <td data-label={t('review.work.requested')}>{when}</td>
      <td data-label={t('review.work.department')}>{row.department || t('review.work.any')}</td>
      <td data-label={t('review.work.why')}>
        <span class={row.reason === 'critical' || row.critical ? 'pill danger' : 'pill neutral'}>
          {t(`review.reason.${row.critical ? 'critical' : (row.reason ?? 'asked')}`)}
        </span>
      </td>
      <td data-label={t('review.work.standing')}>{t(`review.standing.${row.standing}`)}</td>
      <td>
        <Button
          tone={row.standing === 'draft' || row.standing === 'to_decide' ? 'primary' : 'quiet'}
          label={t('review.work.open_of', { act: t(`review.work.act.${row.standing}`), title, when })}
          onPress={() => (store.review.value = row.consultation)}
        >
          {t(`review.work.act.${row.standing}`)}
        </Button>
      </td>
    </tr>
  )
}
