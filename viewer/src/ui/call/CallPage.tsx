// The consultation: banner, stage, faces and panel, bar. Layout by call.css; each part reads the store for itself.
import { useEffect } from 'preact/hooks'

import { resetVolumes } from '../../app/volume'
import { t } from '../../i18n'
import { chooseStage, picturesOnStage } from '../../session/stage'
import * as store from '../../session/store'
import { ofMine, shown } from '../../session/view'
import { useAwake } from './awake'
import { Banner } from './Banner'
import { Bar } from './Bar'
import { Dialogs } from './Dialogs'
import { resetDraft } from './chat/draft'
import { Dropping } from './Dropping'
import { follows, panel, pinned, resetPanel, startedLast } from './panel'
import { Panels } from './Panels'
import { Faces } from './Faces'
import { PicturesOnStage, PicturesTop } from './Pictures'
import { QualityVoice } from './QualityVoice'
import { stageOnly, useScreen } from './screen'
import { useShortcuts } from './shortcuts'
import { Sounds } from './Sounds'
import { Stage } from './Stage'
import { Strips } from './Strips'

/** The next consultation begins with nothing chosen and nothing written. */
function leaveClean(): void {
  resetPanel()
  resetDraft()
  resetVolumes()
}

export function CallPage() {
  const view = store.view.value
  const awake = useAwake()
  useEffect(() => leaveClean, [])
  useScreen()
  useShortcuts()
  if (!view) return null
  const videos = [...shown(view).filter((one) => one.track.kind === 'video'), ...ofMine(view)]
  const speaker = follows.value ? store.talking.value.floor : null
  const staged = chooseStage(videos, pinned.value, view.me, speaker)
  const open = store.looksAtPictures.value
  const pictures = picturesOnStage(open, pinned.value, staged, startedLast.value)
  const shows = pictures ? 'shows-pictures' : ''
  const classes = ['call', `panel-${panel.value}`, shows, awake ? 'awake' : '', stageOnly() ? 'stage-only' : '']
  return (
    <div class={classes.join(' ')}>
      <Banner view={view} />
      <main class="call-stage" aria-label={t('call.stage')}>
        <Strips view={view} />
        {view.state.looking.studies.length > 0 && <PicturesTop view={view} />}
        {pictures ? <PicturesOnStage view={view} /> : <Stage view={view} staged={staged} />}
      </main>
      <aside class="rail" aria-label={t('call.panel')}>
        <Faces
          view={view}
          videos={pictures ? videos : videos.filter((one) => one !== staged)}
          pictures={open && !pictures}
        />
        <Panels view={view} />
      </aside>
      <Bar />
      <Dropping />
      <Sounds view={view} />
      <QualityVoice view={view} />
      <Dialogs view={view} />
    </div>
  )
}
