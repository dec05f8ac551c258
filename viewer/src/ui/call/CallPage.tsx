// The consultation: banner, stage, faces and panel, bar. Layout by call.css; each part reads the store for itself.
import { useEffect } from 'preact/hooks'

import { t } from '../../i18n'
import { chooseStage } from '../../session/stage'
import * as store from '../../session/store'
import { shown } from '../../session/view'
import { useAwake } from './awake'
import { Banner } from './Banner'
import { Bar } from './Bar'
import { resetDraft } from './chat/draft'
import { DevicesDialog } from './DevicesDialog'
import { ElsewhereDialog } from './ElsewhereDialog'
import { FiguresDialog } from './FiguresDialog'
import { InviteDialog } from './InviteDialog'
import { dialog, panel, pinned, resetPanel } from './panel'
import { Panels } from './Panels'
import { Faces } from './Faces'
import { QualityVoice } from './QualityVoice'
import { Sounds } from './Sounds'
import { Stage } from './Stage'
import { Strips } from './Strips'

/** The next consultation begins with nothing chosen and nothing written. */
function leaveClean(): void {
  resetPanel()
  resetDraft()
}

export function CallPage() {
  const view = store.view.value
  const awake = useAwake()
  useEffect(() => leaveClean, [])
  if (!view) return null
  const videos = shown(view).filter((one) => one.track.kind === 'video')
  const staged = chooseStage(videos, pinned.value)
  return (
    <div class={`call panel-${panel.value}${awake ? ' awake' : ''}`}>
      <Banner view={view} />
      <main class="call-stage" aria-label={t('call.stage')}>
        <Strips view={view} />
        <Stage view={view} staged={staged} />
      </main>
      <aside class="rail" aria-label={t('call.panel')}>
        <Faces view={view} videos={videos.filter((one) => one !== staged)} />
        <Panels view={view} />
      </aside>
      <Bar />
      <Sounds view={view} />
      <QualityVoice view={view} />
      {dialog.value === 'devices' && <DevicesDialog />}
      {dialog.value === 'figures' && <FiguresDialog />}
      {dialog.value === 'invite' && <InviteDialog view={view} />}
      {dialog.value === 'elsewhere' && <ElsewhereDialog />}
    </div>
  )
}
