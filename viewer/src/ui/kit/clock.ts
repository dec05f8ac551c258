// A clock for components that count seconds.
import { useEffect, useState } from 'preact/hooks'

/** performance.now(), drawn again every second. */
export function useNow(): number {
  const [now, setNow] = useState(() => performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return now
}
