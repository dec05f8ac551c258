// One consultation under review: what it was about, my notes, and its cases.
import { Play } from 'lucide'

import { language, t } from '../i18n'
import { Button } from '../ui/kit/Button'
import { Icon } from '../ui/kit/Icon'
import { Strip } from '../ui/kit/Strip'
import { age, stamp } from '../ui/words'
import * as api from './api'
import type { About, Book, Case, Form } from './api'
import { Asking } from './Asking'
import { Compared, Deciding } from './Compared'
import { Filling } from './Filling'
import { LoadState, useLoaded, useSending } from './load'
import { timeWords } from './Moments'
import { NotesCard } from './NotesCard'
import { replayUrl } from './replayUrl'

export function BookPage({ consultation }: { consultation: string }) {
  const loaded = useLoaded(() => api.book(consultation), [consultation])
  const book = loaded.data
  return (
    <>
      <LoadState loaded={loaded} />
      {book && (
        <div class="book">
          <div class="book-side">
            <AboutCard book={book} />
            <NotesCard book={book} onChange={loaded.reload} />
          </div>
          <div class="book-main">
            {book.cases.length === 0 && <p class="quiet">{t('review.case.none')}</p>}
            {book.cases.map((one) => (
              <CaseCard key={one.number} book={book} of={one} onChange={loaded.reload} />
            ))}
            <Asking consultation={consultation} onChange={loaded.reload} />
          </div>
        </div>
      )}
    </>
  )
}

function AboutCard({ book: { about, consultation } }: { book: Book }) {
  return (
    <section class="card" aria-labelledby="about-title">
      <h2 id="about-title">{t('review.case.about')}</h2>
      <a class="button primary normal" href={replayUrl(consultation)} target={`sefaw-replay-${consultation}`}>
        <Icon of={Play} />
        <span>{t('review.case.watch')}</span>
      </a>
      <dl class="summary">
        {facts(about).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {about.people.length === 0 && <p class="quiet small">{t('review.case.nameless')}</p>}
    </section>
  )
}

function facts(about: About): [string, string][] {
  const rows: [string, string][] = [
    [t('review.work.requested'), stamp(about.requested_at)],
    [t('review.case.length'), timeWords(about.length_us)],
    [t('review.work.department'), about.department || t('review.work.any')],
    [t('lobby.urgency'), t(`urgency.${about.urgency}`)],
    [
      t('review.case.patient'),
      [about.patient, t(`sex.${about.sex}`), age(about.birth_year)].filter(Boolean).join(' · '),
    ],
    [t('after.question'), about.reason],
  ]
  for (const person of about.people) rows.push([t(`role.${person.role}`), `${person.name} · ${person.site}`])
  about.opinions.forEach((opinion, at) => {
    const told = [opinion.findings, opinion.impression, opinion.advice].filter(Boolean).join('\n')
    rows.push([
      t('review.case.opinion', { n: at + 1 }),
      opinion.critical ? `${t('review.reason.critical')}\n${told}` : told,
    ])
  })
  return rows
}

function CaseCard({ book, of, onChange }: { book: Book; of: Case; onChange: () => void }) {
  const title = of.form ? of.form.title[language.value] : `${of.ref.id} ${of.ref.version}`
  return (
    <section class="card" aria-labelledby={`case-${of.number}`}>
      <header class="case-title">
        <h2 id={`case-${of.number}`}>{title}</h2>
        <span class="pill neutral">{t(`review.standing.${of.standing}`)}</span>
        {of.double && <span class="quiet small">{t('review.work.double')}</span>}
      </header>
      {of.form ? (
        <>
          <p class="quiet small">{of.form.source[language.value]}</p>
          <CaseBody book={book} of={of} form={of.form} onChange={onChange} />
        </>
      ) : (
        <Strip tone="warn" words={t('review.refused.form_unknown')} />
      )}
    </section>
  )
}

function CaseBody({ book, of, form, onChange }: { book: Book; of: Case; form: Form; onChange: () => void }) {
  const { consultation, about, notes } = book
  const draft = of.reviews.find((review) => review.mine > 0 && review.submitted_at < 0)
  const end = about.length_us
  if (draft)
    return (
      <Filling
        consultation={consultation}
        of={of}
        form={form}
        review={draft}
        notes={notes}
        end={end}
        onDone={onChange}
      />
    )
  return (
    <>
      {of.standing === 'waiting' && (
        <p class="quiet">{t(of.names ? 'review.case.waits_third' : 'review.case.waits_other')}</p>
      )}
      <Compared consultation={consultation} of={of} form={form} />
      {of.standing === 'to_decide' && (
        <Deciding consultation={consultation} of={of} form={form} notes={notes} end={end} onDone={onChange} />
      )}
      <Beginning consultation={consultation} of={of} onChange={onChange} />
    </>
  )
}

/** My first review, or a new one in place of the newest that I submitted. */
function Beginning({ consultation, of, onChange }: { consultation: string; of: Case; onChange: () => void }) {
  const sending = useSending()
  const mine = Math.max(0, ...of.reviews.map((review) => review.mine))
  const may = of.standing === 'open' || mine > 0
  const start = (): void =>
    sending.send(async () => {
      await api.begin(consultation, of.number, mine)
      onChange()
    })
  return (
    <>
      {sending.problem && <Strip tone="bad" words={sending.problem} />}
      {may && (
        <div class="form-end">
          <Button
            tone={mine ? 'quiet' : 'primary'}
            size={mine ? 'normal' : 'large'}
            busy={sending.busy}
            onPress={start}
          >
            {t(mine ? 'review.case.amend' : 'review.case.begin')}
          </Button>
        </div>
      )}
    </>
  )
}
