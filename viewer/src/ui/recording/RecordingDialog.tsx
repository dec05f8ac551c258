// Recording: on whose word, what is left out and why; whoever may begins, pauses or ends it.
import { learn, t } from '../../i18n'
import en from '../../locales/recording/en.json'
import zh from '../../locales/recording/zh-CN.json'
import { isBedside, me } from '../../session/folder'
import type { View } from '../../session/view'
import { Dialog } from '../kit/Dialog'
import { Strip } from '../kit/Strip'
import { dialog } from '../call/panel'
import { ConsentForm } from './ConsentForm'
import { Controls } from './Controls'
import { Gaps, OnRecord } from './OnRecord'
import './recording.css'

learn('recording', { en, 'zh-CN': zh })

export function RecordingDialog({ view }: { view: View }) {
  const { recording } = view.state
  const person = me(view)
  const bedside = person !== null && isBedside(view.state, person)
  const close = (): void => void (dialog.value = null)
  return (
    <Dialog title={t('recording.title')} onClose={close}>
      {recording.trouble && <Strip tone="warn" words={t(`recording.trouble.${recording.trouble}`)} />}
      {recording.consent ? (
        <OnRecord view={view} held={recording.consent} />
      ) : (
        <p class="quiet">{t(bedside ? 'recording.none_bedside' : 'recording.none')}</p>
      )}
      {recording.consent && person && <Controls recording={recording} person={person} bedside={bedside} />}
      {!recording.consent && bedside && <ConsentForm onDone={close} />}
      <Gaps view={view} gaps={recording.gaps} />
    </Dialog>
  )
}
