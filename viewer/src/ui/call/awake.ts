// Whether the viewer touched the page lately: on a phone held sideways the controls fade away until then.
import { useEffect, useState } from 'preact/hooks'

const AWAKE_MS = 4_000

export function useAwake(): boolean {
  const [awake, setAwake] = useState(true)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const touched = (): void => {
      clearTimeout(timer)
      setAwake(true)
      timer = setTimeout(() => setAwake(false), AWAKE_MS)
    }
    touched()
    const events = ['pointerdown', 'pointermove', 'keydown'] as const
    for (const event of events) window.addEventListener(event, touched)
    return () => {
      clearTimeout(timer)
      for (const event of events) window.removeEventListener(event, touched)
    }
  }, [])
  return awake
}
