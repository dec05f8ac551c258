// A page that is loaded when it is first shown: nobody pays for it on the way to a call.
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'

import { t } from '../../i18n'
import { TopBar } from '../TopBar'
import { Button } from './Button'
import { Strip } from './Strip'

export function later(load: () => Promise<ComponentType>): () => preact.JSX.Element {
  let loaded: ComponentType | null = null
  return function Later() {
    const [failed, setFailed] = useState(false)
    const [, drawAgain] = useState(0)
    useEffect(() => {
      if (loaded || failed) return
      load().then(
        (part) => {
          loaded = part
          drawAgain((n) => n + 1)
        },
        () => setFailed(true),
      )
    }, [failed])
    if (loaded) {
      const Loaded = loaded
      return <Loaded />
    }
    return (
      <div class="page">
        <TopBar person />
        <main class="centred">
          {failed ? (
            <Strip tone="bad" words={t('error.unreachable')}>
              <Button onPress={() => setFailed(false)}>{t('loading.again')}</Button>
            </Strip>
          ) : (
            <p class="quiet">{t('loading.title')}</p>
          )}
        </main>
      </div>
    )
  }
}
