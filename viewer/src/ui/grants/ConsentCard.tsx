// What the patient agreed to for the recording, and the way out of it, which is asked once: it cannot be undone here.
import { useState } from 'preact/hooks'

import { t } from '../../i18n'
import { withdrawConsent } from '../../session/grants'
import type { Overview } from '../../session/grants'
import * as store from '../../session/store'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { Strip } from '../kit/Strip'
import { stamp } from '../words'
import { problemOf } from './words'

interface CardProps {
  found: Overview
  reload: () => void
}

export function ConsentCard({ found, reload }: CardProps) {
  const [asking, setAsking] = useState(false)
  const { consent } = found
  const over = !consent || (consent.consent.until > 0 && consent.consent.until <= found.now)
  return (
    <section class="card grants" aria-labelledby="grants-consent">
      <h2 id="grants-consent">{t('grants.consent.title')}</h2>
      {over || !consent ? (
        <p>{t('grants.consent.none')}</p>
      ) : (
        <p>
          {consent.consent.uses.map((use) => t(`grants.use.${use}`)).join(t('grants.comma'))}
          {' · '}
          {consent.consent.until > 0 ? t('grants.until', { time: stamp(consent.consent.until) }) : t('grants.no_end')}
        </p>
      )}
      {!over && found.may_give && (
        <div>
          <Button onPress={() => setAsking(true)}>{t('grants.consent.withdraw')}</Button>
        </div>
      )}
      {asking && (
        <Withdraw
          found={found}
          onClose={() => {
            setAsking(false)
            reload()
          }}
        />
      )}
    </section>
  )
}

function Withdraw({ found, onClose }: { found: Overview; onClose: () => void }) {
  const [problem, setProblem] = useState('')
  const withdraw = (): void => {
    const said = (error: unknown): void => setProblem(problemOf(error))
    withdrawConsent(found.consultation, store.csrf.value).then(onClose, said)
  }
  return (
    <Dialog title={t('grants.consent.withdraw')} onClose={onClose}>
      <p>{t('grants.consent.means')}</p>
      {problem && <Strip tone="bad" words={problem} />}
      <div class="form-buttons">
        <Button autoFocus onPress={onClose}>
          {t('grants.consent.keep')}
        </Button>
        <Button tone="danger" onPress={withdraw}>
          {t('grants.consent.withdraw')}
        </Button>
      </div>
    </Dialog>
  )
}
