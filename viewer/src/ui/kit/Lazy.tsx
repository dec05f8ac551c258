// A part of the pages that is loaded when it is first shown: nobody pays for it on the way from sign-in to call.
import type { ComponentChildren, ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'

import { t } from '../../i18n'
import { Button } from './Button'
import { Strip } from './Strip'

type Frame = ComponentType<{ children: ComponentChildren }>

/** A component that loads the real one. While it comes: a quiet word; if it does not: a button to try again. `Around`:
 * what stands around these words where the part is a whole page. */
export function lazily<P extends object>(
  load: () => Promise<ComponentType<P>>,
  Around?: Frame,
): (props: P) => preact.JSX.Element {
  let loaded: ComponentType<P> | null = null
  return function Lazy(props: P) {
    const [Part, setPart] = useState<ComponentType<P> | null>(() => loaded)
    const [failed, setFailed] = useState(false)
    useEffect(() => {
      if (Part || failed) return
      load().then(
        (part) => {
          loaded = part
          setPart(() => part)
        },
        () => setFailed(true),
      )
    }, [failed])
    if (Part) return <Part {...props} />
    const words = failed ? <Failed again={() => setFailed(false)} /> : <p class="quiet lazy">{t('loading.title')}</p>
    return Around ? <Around>{words}</Around> : words
  }
}

function Failed({ again }: { again: () => void }) {
  return (
    <Strip tone="bad" words={t('error.unreachable')}>
      <Button onPress={again}>{t('loading.again')}</Button>
    </Strip>
  )
}
