// Opening a replay: once for the page that shows it, and again by itself while the recording is still being sealed.
import { useEffect, useState } from 'preact/hooks'

import * as store from '../session/store'
import type { ConsultationId } from '../session/wire.gen'
import { Replay } from './replay'
import { codeOf, Doors, open } from './wire'
import type { Use } from './wire'

const AGAIN_MS = 2_000

export interface Opening {
  readonly replay: Replay | null
  /** Why there is none; '' = it is on its way. */
  readonly problem: string
  again(): void
}

export function useReplay(consultation: ConsultationId, t: number): Opening {
  const [replay, setReplay] = useState<Replay | null>(null)
  const [problem, setProblem] = useState('')
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    const ended = new AbortController()
    let made: Replay | null = null
    let timer: ReturnType<typeof setTimeout> | undefined
    open(consultation, wantedFor(), store.csrf.peek()).then(
      (opened) => {
        const doors = new Doors(opened, store.csrf.peek(), ended.signal)
        if (ended.signal.aborted) return doors.close()
        made = new Replay(doors, ended)
        made.start(Math.min(t, opened.length_us))
        setProblem('')
        setReplay(made)
      },
      (error: unknown) => {
        if (ended.signal.aborted) return
        const code = codeOf(error)
        setProblem(code)
        if (code === 'not_ready') timer = setTimeout(() => setTurn((n) => n + 1), AGAIN_MS)
      },
    )
    return () => {
      clearTimeout(timer)
      ended.abort()
      made?.close()
    }
  }, [consultation, turn])
  const again = (): void => {
    setReplay(null)
    setProblem('')
    setTurn((n) => n + 1)
  }
  return { replay, problem, again }
}

function wantedFor(): Use {
  return store.me.peek()?.role === 'reviewer' ? 'review' : 'care'
}
