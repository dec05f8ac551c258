// What I noted while I watched: mine alone until I submit a review.
import { Trash2 } from 'lucide'
import { useState } from 'preact/hooks'

import { t } from '../i18n'
import { Button } from '../ui/kit/Button'
import { Strip } from '../ui/kit/Strip'
import * as api from './api'
import type { Book, OwnNote } from './api'
import { timeOf } from './filling'
import { useSending } from './load'
import { timeWords, WatchLink } from './Moments'

export function NotesCard({ book, onChange }: { book: Book; onChange: () => void }) {
  const [at, setAt] = useState('')
  const [text, setText] = useState('')
  const [wrong, setWrong] = useState(false)
  const sending = useSending()
  const add = (event: Event): void => {
    event.preventDefault()
    const time = timeOf(at)
    const fits = time !== null && time <= book.about.length_us && text.trim() !== ''
    setWrong(!fits)
    if (!fits) return
    sending.send(async () => {
      await api.takeNote(book.consultation, time, text.trim())
      setAt('')
      setText('')
      onChange()
    })
  }
  const remove = (number: number): void =>
    sending.send(async () => {
      await api.removeNote(book.consultation, number)
      onChange()
    })
  return (
    <section class="card" aria-labelledby="notes-title">
      <h2 id="notes-title">{t('review.notes.title')}</h2>
      <p class="quiet small">{t('review.notes.help')}</p>
      <ul class="notes">
        {book.notes.map((note) => (
          <Own key={note.number} consultation={book.consultation} note={note} onRemove={() => remove(note.number)} />
        ))}
      </ul>
      <form class="note-form" onSubmit={add} noValidate>
        <label class="field">
          <span>{t('review.notes.at')}</span>
          <input
            inputMode="numeric"
            placeholder={timeWords(0)}
            value={at}
            onInput={(e) => setAt(e.currentTarget.value)}
          />
        </label>
        <label class="field grow">
          <span>{t('review.notes.text')}</span>
          <input maxLength={2000} value={text} onInput={(e) => setText(e.currentTarget.value)} />
        </label>
        <Button type="submit" busy={sending.busy}>
          {t('review.notes.add')}
        </Button>
      </form>
      {wrong && <p class="field-problem">{t('review.notes.wrong', { end: timeWords(book.about.length_us) })}</p>}
      {sending.problem && <Strip tone="bad" words={sending.problem} />}
    </section>
  )
}

function Own({ consultation, note, onRemove }: { consultation: string; note: OwnNote; onRemove: () => void }) {
  return (
    <li>
      <WatchLink consultation={consultation} at={note.t} />
      <span class="grow">{note.text}</span>
      <Button
        tone="plain"
        icon={Trash2}
        label={t('review.notes.remove', { time: timeWords(note.t) })}
        onPress={onRemove}
      />
    </li>
  )
}
