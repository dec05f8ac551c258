// What was submitted, side by side where two read; and the third person's decision where they differ.
import { useState } from 'preact/hooks'

import { language, t } from '../i18n'
import { Button } from '../ui/kit/Button'
import { Strip } from '../ui/kit/Strip'
import { stamp } from '../ui/words'
import * as api from './api'
import type { Answer, Case, Form, Item, OwnNote, Review } from './api'
import { answerOf, EMPTY, problems } from './filling'
import type { Wrong } from './filling'
import { FormFill, valueWords } from './FormFill'
import { useSending } from './load'
import { MomentChip, WatchLink } from './Moments'

interface ComparedProps {
  consultation: string
  of: Case
  form: Form
}

export function Compared({ consultation, of, form }: ComparedProps) {
  const shown = of.reviews.filter((review) => review.submitted_at >= 0)
  if (shown.length === 0) return null
  const differing = new Set(of.differences.map(({ item }) => item))
  return (
    <div class="table-place">
      <table class="table compared">
        <thead>
          <tr>
            <th scope="col">{t('review.case.question')}</th>
            {shown.map((review, at) => (
              <th key={at} scope="col">
                {whose(review, at, shown)}
                <span class="quiet small block">{stamp(review.submitted_at)}</span>
              </th>
            ))}
            {of.adjudication && <th scope="col">{t('review.case.decided')}</th>}
          </tr>
        </thead>
        <tbody>
          {form.items.map((item) => (
            <tr key={item.id} class={differing.has(item.id) ? 'differs' : ''}>
              <th scope="row">
                {item.words[language.value]}
                {differing.has(item.id) && <span class="pill amber">{t('review.case.differs')}</span>}
              </th>
              {shown.map((review, at) => (
                <td key={at} data-label={whose(review, at, shown)}>
                  <Given consultation={consultation} item={item} answer={answerOf(review.filled, item.id)} />
                </td>
              ))}
              {of.adjudication && (
                <td data-label={t('review.case.decided')}>
                  <Ruled consultation={consultation} item={item} answers={of.adjudication.answers} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      <Notes consultation={consultation} reviews={shown} />
      {of.adjudication && <p class="review-why">{t('review.case.why_was', { why: of.adjudication.why })}</p>}
    </div>
  )
}

function whose(review: Review, at: number, all: readonly Review[]): string {
  if (review.mine) return review.amends ? t('review.case.mine_amended') : t('review.case.mine')
  return all.some((one) => one.mine) ? t('review.case.others') : t('review.case.reviewer', { n: at + 1 })
}

function Given({ consultation, item, answer }: { consultation: string; item: Item; answer: Answer | undefined }) {
  return (
    <>
      <p class="given">{valueWords(item, answer?.value)}</p>
      <p class="moments">
        {answer?.moments.map((moment) => (
          <MomentChip key={JSON.stringify(moment)} consultation={consultation} moment={moment} />
        ))}
      </p>
    </>
  )
}

function Ruled({ consultation, item, answers }: { consultation: string; item: Item; answers: readonly Answer[] }) {
  const answer = answers.find((one) => one.item === item.id)
  return answer ? <Given consultation={consultation} item={item} answer={answer} /> : null
}

function Notes({ consultation, reviews }: { consultation: string; reviews: readonly Review[] }) {
  const notes = reviews.flatMap((review) => review.filled.notes)
  if (notes.length === 0) return null
  return (
    <ul class="notes">
      {notes.map((note, at) => (
        <li key={at}>
          <WatchLink consultation={consultation} at={note.t} /> {note.text}
        </li>
      ))}
    </ul>
  )
}

interface DecidingProps extends ComparedProps {
  notes: readonly OwnNote[]
  end: number
  onDone: () => void
}

/** A third person decides exactly what differs. */
export function Deciding({ consultation, of, form, notes, end, onDone }: DecidingProps) {
  const [filled, setFilled] = useState(EMPTY)
  const [why, setWhy] = useState('')
  const [wrong, setWrong] = useState<ReadonlyMap<string, Wrong>>(new Map())
  const [noReason, setNoReason] = useState(false)
  const sending = useSending()
  const items = of.differences.map(({ item }) => item)
  const send = (): void => {
    const asked = { ...form, items: form.items.filter((item) => items.includes(item.id)) }
    const found = problems(asked, filled)
    setWrong(found)
    setNoReason(!why.trim())
    if (found.size > 0 || !why.trim()) return
    sending.send(async () => {
      await api.adjudicate(consultation, of.number, filled.answers, why.trim())
      onDone()
    })
  }
  return (
    <section class="deciding" aria-labelledby={`decide-${of.number}`}>
      <h3 id={`decide-${of.number}`}>{t('review.case.decide_title')}</h3>
      <p class="quiet">{t('review.case.decide_help')}</p>
      <FormFill
        consultation={consultation}
        form={form}
        filled={filled}
        notes={notes}
        end={end}
        wrong={wrong}
        only={items}
        onChange={setFilled}
      />
      <label class="field">
        <span>{t('review.case.why')}</span>
        <textarea
          rows={2}
          maxLength={2000}
          value={why}
          aria-invalid={noReason || undefined}
          onInput={(event) => setWhy(event.currentTarget.value)}
        />
        {noReason && <small class="field-problem">{t('review.case.why_missing')}</small>}
      </label>
      {sending.problem && <Strip tone="bad" words={sending.problem} />}
      <div class="form-end">
        <Button tone="primary" size="large" busy={sending.busy} onPress={send}>
          {t('review.case.decide')}
        </Button>
      </div>
    </section>
  )
}
