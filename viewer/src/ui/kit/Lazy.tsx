// A part of the pages that is fetched when it is first shown: it does not weigh on the way from sign-in to call.
import { useEffect, useState } from 'preact/hooks'
import type { ComponentType } from 'preact'

import { t } from '../../i18n'
import { Button } from './Button'
import { Strip } from './Strip'

/** A component that fetches the real one. While it comes: a quiet word; if it does not: a button to try again. */
export function lazily<P extends object>(fetchPart: () => Promise<ComponentType<P>>): (props: P) => preact.JSX.Element {
  let fetched: ComponentType<P> | null = null
  return function Lazy(props: P) {
    const [Part, setPart] = useState<ComponentType<P> | null>(() => fetched)
    const [failed, setFailed] = useState(false)
    const get = (): void => {
      setFailed(false)
      fetchPart().then(
        (part) => {
          fetched = part
          setPart(() => part)
        },
        () => setFailed(true),
      )
    }
    useEffect(() => {
      if (!Part) get()
    }, [])
    if (Part) return <Part {...props} />
    if (!failed) return <p class="quiet lazy">{t('loading.title')}</p>
    return (
      <Strip tone="warn" words={t('error.unreachable')}>
        <Button onPress={get}>{t('strip.again')}</Button>
      </Strip>
    )
  }
}
