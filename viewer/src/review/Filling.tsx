// My review of one case while I write it: saved as I go, submitted once, after a look at what is missing.
import { CircleCheck } from 'lucide'
import { useEffect, useRef, useState } from 'preact/hooks'

import { language, t } from '../i18n'
import { Button } from '../ui/kit/Button'
import { Dialog } from '../ui/kit/Dialog'
import { Icon } from '../ui/kit/Icon'
import { Strip } from '../ui/kit/Strip'
import * as api from './api'
import type { Case, Filled, Form, OwnNote, Review } from './api'
import { problems } from './filling'
import type { Wrong } from './filling'
import { FormFill } from './FormFill'
import { problemWords, useSending } from './load'

const SAVE_AFTER_MS = 1_000

interface FillingProps {
  consultation: string
  of: Case
  form: Form
  review: Review
  notes: readonly OwnNote[]
  end: number
  onDone: () => void
}

export function Filling({ consultation, of, form, review, notes, end, onDone }: FillingProps) {
  const [filled, setFilled] = useState(review.filled)
  const [wrong, setWrong] = useState<ReadonlyMap<string, Wrong>>(new Map())
  const [asking, setAsking] = useState(false)
  const place = useRef<HTMLDivElement>(null)
  const saved = useSaved(filled, (now) => api.save(consultation, of.number, review.mine, now))
  const change = (next: Filled): void => {
    setFilled(next)
    if (wrong.size > 0) setWrong(problems(form, next))
  }
  const look = (): void => {
    const found = problems(form, filled)
    setWrong(found)
    if (found.size === 0) return setAsking(true)
    const [first] = found.keys()
    place.current?.querySelector<HTMLElement>(`[data-item="${first}"] :is(input, textarea, button)`)?.focus()
  }
  return (
    <div ref={place} class="filling">
      <FormFill
        consultation={consultation}
        form={form}
        filled={filled}
        notes={notes}
        end={end}
        wrong={wrong}
        onChange={change}
      />
      <div class="form-end">
        <Button tone="primary" size="large" onPress={look}>
          {t('review.case.submit')}
        </Button>
        <Saved state={saved} />
      </div>
      {asking && (
        <SubmitDialog
          send={() => api.submit(consultation, of.number, review.mine, told(filled, notes))}
          notes={notes}
          onClose={() => setAsking(false)}
          onDone={onDone}
        />
      )}
    </div>
  )
}

/** My notes go with the review: the doctor is told of them. */
function told(filled: Filled, notes: readonly OwnNote[]): Filled {
  return { ...filled, notes: notes.map(({ t: at, text }) => ({ t: at, text })) }
}

type SavedState = 'unchanged' | 'saving' | 'saved' | string

function Saved({ state }: { state: SavedState }) {
  if (state === 'unchanged') return null
  if (state !== 'saving' && state !== 'saved') return <Strip tone="bad" words={state} />
  return (
    <span class="saved-mark quiet" role="status">
      {state === 'saved' && <Icon of={CircleCheck} />}
      {t(`review.case.${state}`)}
    </span>
  )
}

/** Saves what changed after a pause, and at once when the page is left; what could not be saved is tried again with the
 * next change. Says "saved" of nothing but what is on the form now. */
function useSaved(filled: Filled, save: (filled: Filled) => Promise<void>): SavedState {
  const [said, setSaid] = useState<{ of: Filled; state: SavedState }>({ of: filled, state: 'unchanged' })
  const waiting = useRef<Filled | null>(null)
  const now = (): void => {
    const kept = waiting.current
    waiting.current = null
    if (!kept) return
    save(kept).then(
      () => setSaid({ of: kept, state: 'saved' }),
      (error: unknown) => setSaid({ of: kept, state: problemWords(error) }),
    )
  }
  useEffect(() => {
    if (said.of === filled) return
    waiting.current = filled
    const timer = setTimeout(now, SAVE_AFTER_MS)
    return () => clearTimeout(timer)
  }, [filled])
  useEffect(() => now, [])
  return said.of === filled ? said.state : 'saving'
}

interface SubmitProps {
  send: () => Promise<void>
  notes: readonly OwnNote[]
  onClose: () => void
  onDone: () => void
}

function SubmitDialog({ send, notes, onClose, onDone }: SubmitProps) {
  void language.value
  const sending = useSending()
  return (
    <Dialog title={t('review.case.submit_title')} onClose={onClose}>
      <div class="submit-form">
        <p>{t('review.case.submit_help')}</p>
        {notes.length > 0 && <p>{t('review.case.submit_notes', { n: notes.length })}</p>}
        {sending.problem && <Strip tone="bad" words={sending.problem} />}
        <div class="form-buttons">
          <Button onPress={onClose}>{t('review.cancel')}</Button>
          <Button
            tone="primary"
            busy={sending.busy}
            onPress={() =>
              sending.send(async () => {
                await send()
                onDone()
              })
            }
          >
            {t('review.case.submit_now')}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
