// Asking the server, with its problems in words that say what to do.
import { useState } from 'preact/hooks'

import { known, t } from '../i18n'
import { HttpFailed } from '../session/http'
import { Button } from '../ui/kit/Button'
import { useAsked } from '../ui/kit/asked'
import type { Loaded } from '../ui/kit/asked'
import { Strip } from '../ui/kit/Strip'
import { noticeWords } from '../ui/words'

export function problemWords(error: unknown): string {
  if (!(error instanceof HttpFailed)) return t('error.internal')
  const special = `review.refused.${error.detail}`
  return error.detail && known(special) ? t(special) : noticeWords(`error.${error.code}`)
}

/** As the kit's, in this part's words. */
export function useLoaded<T>(load: () => Promise<T>, deps: readonly unknown[]): Loaded<T> {
  return useAsked(load, deps, problemWords)
}

export function LoadState({ loaded }: { loaded: Loaded<unknown> }) {
  if (loaded.problem) {
    return (
      <Strip tone="bad" words={loaded.problem}>
        <Button onPress={loaded.reload}>{t('strip.again')}</Button>
      </Strip>
    )
  }
  return loaded.data === null ? <p class="quiet">{t('loading.title')}</p> : null
}

/** One thing at a time that changes something; what the server said stands beside it. */
export function useSending(): { busy: boolean; problem: string; send: (work: () => Promise<void>) => void } {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState('')
  const send = (work: () => Promise<void>): void => {
    if (busy) return
    setBusy(true)
    setProblem('')
    work()
      .catch((error: unknown) => setProblem(problemWords(error)))
      .finally(() => setBusy(false))
  }
  return { busy, problem, send }
}
