// What the tables of the administration share: loading, problems in words, fields, a table, the undo line.
import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useState } from 'preact/hooks'

import { known, t } from '../../i18n'
import { HttpFailed } from '../../session/http'
import { Button } from '../kit/Button'
import { useAsked } from '../kit/asked'
import type { Loaded } from '../kit/asked'
import { Strip } from '../kit/Strip'
import { noticeWords } from '../words'

const UNDO_MS = 12_000

/** What is in the way, in words that say what to do. */
export function problemWords(error: unknown): string {
  if (!(error instanceof HttpFailed)) return t('error.internal')
  const special = `admin.problem.${error.detail}`
  return error.detail && known(special) ? t(special) : noticeWords(`error.${error.code}`)
}

/** As the kit's, in this part's words. */
export function useLoaded<T>(load: () => Promise<T>, deps: unknown[], everyMs = 0): Loaded<T> {
  return useAsked(load, deps, problemWords, everyMs)
}

export function LoadState({ loaded }: { loaded: Loaded<unknown> }) {
  if (loaded.problem) {
    return (
      <Strip tone="bad" words={t('admin.load_failed', { words: loaded.problem })}>
        <Button onPress={loaded.reload}>{t('admin.again')}</Button>
      </Strip>
    )
  }
  return loaded.data === null ? <p class="quiet">{t('admin.loading')}</p> : null
}

// ---- the undo line --------------------------------------------------------------------------------------------------

interface Done {
  words: string
  undo?: () => Promise<unknown>
}

export const done = signal<Done | null>(null)
let forget: ReturnType<typeof setTimeout> | undefined

/** Say what was done; for a while it can be taken back. */
export function tellDone(words: string, undo?: () => Promise<unknown>): void {
  clearTimeout(forget)
  done.value = { words, undo }
  forget = setTimeout(() => (done.value = null), UNDO_MS)
}

export function DoneLine() {
  const said = done.value
  if (!said) return null
  const undo = async (): Promise<void> => {
    done.value = null
    await said.undo?.().catch((error: unknown) => tellDone(problemWords(error)))
  }
  return (
    <div class="done-line">
      <Strip tone="info" words={said.words}>
        {said.undo && <Button onPress={() => void undo()}>{t('admin.undo')}</Button>}
      </Strip>
    </div>
  )
}

// ---- fields and tables ----------------------------------------------------------------------------------------------

interface FieldProps {
  words: string
  help?: string
  problem?: string
  /** The input gets `id` and, if there is one, its problem's id. */
  children: (attributes: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: 'true' }) => ComponentChildren
}

export function Field({ words, help, problem, children }: FieldProps) {
  const id = useId()
  const said = `${id}-said`
  return (
    <div class="field">
      <label class="field-name" for={id}>
        {words}
      </label>
      {children({
        id,
        ...(help || problem ? { 'aria-describedby': said } : {}),
        ...(problem ? { 'aria-invalid': 'true' as const } : {}),
      })}
      {(problem || help) && (
        <span id={said} class={problem ? 'field-problem' : 'quiet small'}>
          {problem || help}
        </span>
      )}
    </div>
  )
}

export function Table({ columns, children }: { columns: readonly string[]; children: ComponentChildren }) {
  return (
    <div class="table-place">
      <table class="table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}

interface SearchProps {
  value: string
  hint?: string
  onInput: (typed: string) => void
}

export function Search({ value, hint, onInput }: SearchProps) {
  return (
    <Field words={t('admin.search')}>
      {(attributes) => (
        <input
          {...attributes}
          type="search"
          placeholder={hint}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}

/** The buttons at the foot of a dialog's form. */
export function FormButtons(props: { busy: boolean; words: string; danger?: boolean; onCancel: () => void }) {
  return (
    <div class="form-buttons">
      <Button onPress={props.onCancel}>{t('admin.cancel')}</Button>
      <Button type="submit" tone={props.danger ? 'danger' : 'primary'} busy={props.busy}>
        {props.words}
      </Button>
    </div>
  )
}

/** The first field has the focus, where a form comes after its dialog. */
export function useFirstFocus(): void {
  useEffect(() => document.querySelector<HTMLElement>('.dialog [data-first]')?.focus(), [])
}

/** A form that sends once at a time; `send` throws what the server said. */
export function useSending(send: () => Promise<void>): { busy: boolean; problem: string; submit: (e: Event) => void } {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState('')
  const submit = (event: Event): void => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    setProblem('')
    send()
      .catch((error: unknown) => setProblem(problemWords(error)))
      .finally(() => setBusy(false))
  }
  return { busy, problem, submit }
}
