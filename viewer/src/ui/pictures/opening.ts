// A series was pressed: where I lead (or look on my own) it opens, else the page asks which of the two it shall be.
import { changeView, lookOnMyOwn } from '../../app/looking'
import { mayBeShown } from '../../session/folder'
import * as store from '../../session/store'
import type { View } from '../../session/view'
import type { SharedSeries, SharedStudy } from '../../session/wire.gen'
import { pinned, startedLast } from '../call/panel'
import { active, choosing, firstOf } from './open'
import { whyNot } from './words'

export function openSeries(view: View, study: SharedStudy, series: SharedSeries): void {
  if (!mayBeShown(study)) return
  const { leading, following } = store.sight.value
  if (leading || !following) void open(view, study, series)
  else choosing.value = { study, series }
}

/** For me alone. */
export function openForMe(view: View, study: SharedStudy, series: SharedSeries): void {
  lookOnMyOwn()
  void open(view, study, series)
}

async function open(view: View, study: SharedStudy, series: SharedSeries): Promise<void> {
  try {
    const image = await firstOf(view.consultation, study.study, series.series)
    changeView(Math.min(active.value, store.sight.value.viewports.length - 1), { image })
    startedLast.value = 'pictures'
    if (pinned.value !== 'pictures') pinned.value = null // what was just opened is what is wanted
  } catch (error) {
    store.notice.value = { kind: 'pictures.load_failed', tone: 'warn', values: { why: whyNot(error) } }
  }
}
