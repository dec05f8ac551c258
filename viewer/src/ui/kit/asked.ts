// What a page asks the server for: what came, or in words why not.
import { useEffect, useState } from 'preact/hooks'

export interface Loaded<T> {
  data: T | null
  problem: string
  reload: () => void
}

/** `words`: what went wrong, as people read it. Loads when it is first shown and whenever `deps` change; `everyMs` > 0: again and again. What is shown stays until
 * the newer is there. */
export function useAsked<T>(
  load: () => Promise<T>,
  deps: readonly unknown[],
  words: (error: unknown) => string,
  everyMs = 0,
): Loaded<T> {
  const [data, setData] = useState<T | null>(null)
  const [problem, setProblem] = useState('')
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    let current = true
    load().then(
      (found) => {
        if (!current) return
        setData(found)
        setProblem('')
      },
      (error: unknown) => {
        if (current) setProblem(words(error))
      },
    )
    return () => {
      current = false
    }
  }, [...deps, turn])
  useEffect(() => {
    if (everyMs === 0) return
    const timer = setInterval(() => setTurn((n) => n + 1), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return { data, problem, reload: () => setTurn((n) => n + 1) }
}
