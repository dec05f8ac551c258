// A review that nobody drew: somebody wants one, by a form of the catalogue.
import { useState } from 'preact/hooks'

import { language, t } from '../i18n'
import { Button } from '../ui/kit/Button'
import { Strip } from '../ui/kit/Strip'
import * as api from './api'
import { LoadState, useLoaded, useSending } from './load'

interface AskingProps {
  consultation: string
  onChange: () => void
}

export function Asking(props: AskingProps) {
  const [open, setOpen] = useState(false)
  if (open) return <Choosing {...props} onClose={() => setOpen(false)} />
  return (
    <div class="form-end">
      <Button onPress={() => setOpen(true)}>{t('review.ask.open')}</Button>
    </div>
  )
}

function Choosing({ consultation, onChange, onClose }: AskingProps & { onClose: () => void }) {
  const [chosen, setChosen] = useState(0)
  const [double, setDouble] = useState(false)
  const loaded = useLoaded(api.catalogue, [])
  const sending = useSending()
  const forms = loaded.data?.forms ?? []
  const form = forms[chosen]?.form
  const send = (): void => {
    if (!form) return
    sending.send(async () => {
      await api.openCase(consultation, form, double)
      onClose()
      onChange()
    })
  }
  return (
    <section class="card" aria-labelledby="ask-title">
      <h2 id="ask-title">{t('review.ask.open')}</h2>
      <LoadState loaded={loaded} />
      <label class="field">
        <span>{t('review.work.form')}</span>
        <select value={chosen} onChange={(event) => setChosen(Number(event.currentTarget.value))}>
          {forms.map((one, at) => (
            <option key={one.digest} value={at}>{`${one.form.title[language.value]} (${one.form.version})`}</option>
          ))}
        </select>
      </label>
      <label class="tick">
        <input type="checkbox" checked={double} onChange={(event) => setDouble(event.currentTarget.checked)} />
        <span>{t('review.ask.double')}</span>
      </label>
      {loaded.data?.faults.map((fault) => (
        <Strip key={fault.file} tone="warn" words={faultWords(fault)} />
      ))}
      {sending.problem && <Strip tone="bad" words={sending.problem} />}
      <div class="form-end">
        <Button tone="primary" busy={sending.busy} onPress={send}>
          {t('review.ask.now')}
        </Button>
        <Button onPress={onClose}>{t('review.cancel')}</Button>
      </div>
    </section>
  )
}

function faultWords({ file, fault, place }: { file: string; fault: string; place: string }): string {
  return t('review.ask.fault', { file, fault: t(`review.fault.${fault}`), place: place || '–' })
}
