// My notes, each at its moment. Nobody else sees them.
import { useComputed } from '@preact/signals'
import { Trash2 } from 'lucide'
import { useEffect, useState } from 'preact/hooks'

import { t } from '../i18n'
import * as store from '../session/store'
import type { View } from '../session/view'
import { Button } from '../ui/kit/Button'
import { Strip } from '../ui/kit/Strip'
import { addNote, dropNote, MOST, notesOf } from './notes'
import type { Note } from './notes'
import type { Presented } from './frames'
import type { Replay } from './replay'
import { liveSeen } from './telling'
import { TimeButton } from './TimeButton'
import { codeOf } from './wire'
import { code, problemWords } from './words'

export function Notes({ replay }: { replay: Replay; view: View }) {
  const { consultation } = replay.opened
  const [notes, setNotes] = useState<readonly Note[] | null>(null)
  const [problem, setProblem] = useState('')
  const failed = (error: unknown): void => setProblem(codeOf(error))
  const read = (): void => {
    setProblem('')
    notesOf(consultation).then(setNotes, failed)
  }
  useEffect(read, [consultation])
  const add = async ({ at, live }: Begun, text: string): Promise<boolean> => {
    setProblem('')
    try {
      const frame = live && (await replay.media.keys.of(live, at))
      const note = await addNote(consultation, { t: at, text, frame }, store.csrf.peek())
      setNotes((before) => [...(before ?? []), note].sort((a, b) => a.t - b.t))
      return true
    } catch (error) {
      failed(error)
      return false
    }
  }
  const drop = (number: number): void => {
    const without = (): void => setNotes((before) => (before ?? []).filter((one) => one.number !== number))
    dropNote(consultation, number, store.csrf.peek()).then(without, failed)
  }
  return (
    <div class="replay-notes">
      {problem && (
        <Strip tone="warn" words={problemWords(problem)} code={problem}>
          {!notes && <Button onPress={read}>{t('strip.again')}</Button>}
        </Strip>
      )}
      <Write replay={replay} onAdd={add} />
      <ol class="replay-list">
        {notes?.map((note) => (
          <li key={note.number} class="replay-note">
            <TimeButton replay={replay} at={note.t} />
            <p class="grow">{note.text}</p>
            <Button
              tone="plain"
              icon={Trash2}
              label={t('replay.notes.drop', { time: code(note.t) })}
              onPress={() => drop(note.number)}
            />
          </li>
        ))}
      </ol>
      {notes?.length === 0 && <p class="quiet small">{t('replay.notes.none')}</p>}
    </div>
  )
}

/** When, and what of a live picture was seen then. */
interface Begun {
  readonly at: number
  readonly live: Presented | null
}

interface WriteProps {
  replay: Replay
  onAdd: (begun: Begun, text: string) => Promise<boolean>
}

/** The note is at the moment, and of the frame, at which one began to write it: what is played meanwhile is another. */
function Write({ replay, onAdd }: WriteProps) {
  const [text, setText] = useState('')
  const [begun, setBegun] = useState<Begun | null>(null)
  const second = useComputed(() => Math.floor(replay.t.value / 1e6) * 1e6).value
  const time = code(begun?.at ?? second)
  const keep = async (): Promise<void> => {
    const words = text.trim()
    if (!words || !(await onAdd(begun ?? now(replay), words))) return
    setText('')
    setBegun(null)
  }
  return (
    <form
      class="replay-write"
      onSubmit={(event) => {
        event.preventDefault()
        void keep()
      }}
    >
      <label class="field">
        <span>{t('replay.notes.write', { time })}</span>
        <textarea
          rows={3}
          maxLength={MOST}
          value={text}
          onInput={(event) => {
            const { value } = event.currentTarget
            if (!begun && value) setBegun(now(replay))
            if (!value) setBegun(null)
            setText(value)
          }}
        />
      </label>
      <Button type="submit" tone="primary">
        {t('replay.notes.keep', { time })}
      </Button>
    </form>
  )
}

function now(replay: Replay): Begun {
  return { at: Math.round(replay.t.peek()), live: liveSeen(replay) }
}
