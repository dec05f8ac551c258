// What patients opened to me, or to where I work: each leads to its page. Nothing where there is none.
import { FolderOpen } from 'lucide'
import { useEffect, useState } from 'preact/hooks'

import { t } from '../../i18n'
import { openedToMe } from '../../session/grants'
import type { Opened } from '../../session/grants'
import * as store from '../../session/store'
import { Button } from '../kit/Button'
import { dayTime, stamp } from '../words'
import { parts } from './words'
import './grants.css'

export function OpenedToMe() {
  const [found, setFound] = useState<readonly Opened[]>([])
  useEffect(() => {
    openedToMe().then(setFound, () => undefined) // the list above says that the server cannot be reached
  }, [])
  if (found.length === 0) return null
  return (
    <section class="card grants" aria-labelledby="opened-to-me">
      <h2 id="opened-to-me">{t('grants.to_me')}</h2>
      <ul class="rows">
        {found.map(({ brief, data, until }) => (
          <li key={brief.consultation} class="grant">
            <p class="grow">
              <strong>{brief.patient.name}</strong>
              <span class="quiet">{`${brief.reason} · ${brief.requester.site} · ${dayTime(brief.requested_at)}`}</span>
              <span>{[parts(data), t('grants.until', { time: stamp(until) })].join(' · ')}</span>
            </p>
            <Button
              icon={FolderOpen}
              label={t('grants.open_of', { who: brief.patient.name })}
              onPress={() => (store.opened.value = brief.consultation)}
            >
              {t('grants.open')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  )
}
