// Something that is fetched before it can be shown: a quiet word while it comes, why and "try again" if it does not.
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'

import { t } from '../../i18n'
import { Button } from '../kit/Button'
import { Strip } from '../kit/Strip'
import type { Showing } from '../../session/wire.gen'
import { report } from './reporting'
import { whyNot } from './words'

interface Loading<T> {
  load: () => Promise<T>
  deps: unknown[]
  /** The viewport it is for: the leader hears how it goes there. */
  n: number
  /** Whether what came can be shown; else it stands in words why not. */
  fit: (data: T) => boolean
}

/** `data` null: show `state` in its place. */
export function useLoaded<T>({ load, deps, n, fit }: Loading<T>): { data: T | null; state: ComponentChildren } {
  const [data, setData] = useState<T | null>(null)
  const [problem, setProblem] = useState('')
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    let current = true
    setData(null)
    setProblem('')
    load().then(
      (found) => current && setData(found),
      (error: unknown) => current && setProblem(whyNot(error)),
    )
    return () => {
      current = false
    }
  }, [...deps, turn])
  useReport(n, problem ? 'lost' : data === null ? 'loading' : fit(data) ? 'shown' : 'unsupported')
  const state = problem ? (
    <div class="paper-problem">
      <Strip tone="warn" words={t('pictures.load_failed', { why: problem })}>
        <Button onPress={() => setTurn(turn + 1)}>{t('pictures.again')}</Button>
      </Strip>
    </div>
  ) : (
    <p class="quiet lazy">{t('pictures.loading')}</p>
  )
  return { data, state }
}

function useReport(n: number, showing: Showing): void {
  useEffect(() => report(n, { showing, behind: 0 }), [n, showing])
  useEffect(() => () => report(n, null), [n])
}
