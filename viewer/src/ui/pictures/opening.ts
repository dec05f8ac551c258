// A series was pressed: where I lead (or look on my own) it opens, else the page asks which of the two it shall be.
import { following } from '../../app/showing'
import { mayBeShown } from '../../session/folder'
import * as store from '../../session/store'
import type { View } from '../../session/view'
import type { Picture, SharedSeries, SharedStudy } from '../../session/wire.gen'
import { choosing, firstOf } from './open'
import { showPicture } from '../../app/showing'
import { whyNot } from './words'

export function openSeries(view: View, study: SharedStudy, series: SharedSeries): void {
  if (!mayBeShown(study)) return
  if (view.state.looking.lead.holder !== view.me && following.value) {
    choosing.value = { study, series }
    return
  }
  void open(view, study, series)
}

/** For me alone. */
export function openForMe(view: View, study: SharedStudy, series: SharedSeries): void {
  following.value = false
  void open(view, study, series)
}

async function open(view: View, study: SharedStudy, series: SharedSeries): Promise<void> {
  let picture: Picture
  try {
    picture = await firstOf(view.consultation, study.study, series.series)
  } catch (error) {
    store.notice.value = { kind: 'pictures.load_failed', tone: 'warn', values: { why: whyNot(error) } }
    return
  }
  await showPicture(picture)
}
