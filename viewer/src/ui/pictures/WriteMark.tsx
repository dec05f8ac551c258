// The words of a text mark, written beside the picture.
import { useEffect, useRef, useState } from 'preact/hooks'

import { t } from '../../i18n'
import { Button } from '../kit/Button'

const MOST = 200 // the wire's MarkText

/** `done` with nothing: it was given up. */
export function WriteMark({ done }: { done: (words: string) => void }) {
  const [words, setWords] = useState('')
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  return (
    <form
      class="write-mark"
      onSubmit={(event) => {
        event.preventDefault()
        done(words)
      }}
    >
      <input
        ref={field}
        maxLength={MOST}
        aria-label={t('viewport.words')}
        placeholder={t('viewport.words')}
        value={words}
        onInput={(event) => setWords(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Escape' && done('')}
      />
      <Button type="submit" tone="primary">
        {t('viewport.write')}
      </Button>
    </form>
  )
}
