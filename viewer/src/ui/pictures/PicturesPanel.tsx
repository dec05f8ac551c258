// The tab "Pictures": bringing in, what is on its way, and the folder of the consultation.
import { maySpeak } from '../../app/roles'
import { t } from '../../i18n'
import * as store from '../../session/store'
import type { View } from '../../session/view'
import { BringButtons, OnTheWay } from './BringIn'
import { openSeries } from './opening'
import './pictures.css'
import { SearchDialog } from './SearchDialog'
import { StudyList, TakenOut } from './StudyList'
import './words'

export function PicturesPanel({ view }: { view: View }) {
  const brings = maySpeak(store.me.value?.role ?? 'observer')
  const nothing = view.state.looking.studies.length === 0
  return (
    <div class="pictures">
      {brings && <BringButtons />}
      <TakenOut />
      <OnTheWay />
      {nothing && <p class="quiet pictures-empty">{t(brings ? 'pictures.empty' : 'pictures.empty_watch')}</p>}
      <SearchDialog view={view} />
      <StudyList view={view} onOpen={(study, series) => openSeries(view, study, series)} />
    </div>
  )
}
