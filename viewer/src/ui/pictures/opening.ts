// A series was pressed: where I lead (or look on my own) it opens, else the page asks which of the two it shall be.
import { changeView, lookOnMyOwn } from '../../app/looking'
import { addMark } from '../../app/marking'
import { instanceOf } from '../../dicom/metadata'
import { pictureIn, presentedOf } from '../../dicom/presentation'
import { folderOf, metadataOf } from '../../session/dicomweb'
import { kindOf, mayBeShown } from '../../session/folder'
import { HttpFailed } from '../../session/http'
import type { Change } from '../../session/looking'
import * as store from '../../session/store'
import type { View } from '../../session/view'
import type { Mark, Picture, SeriesId, SharedSeries, SharedStudy } from '../../session/wire.gen'
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

/** What was pressed last for each viewport: what was pressed before it and comes later is not wanted any more. */
const pressed = new Map<number, SeriesId>()

/** Into the viewport that is touched now: while it comes, another one may be. */
async function open(view: View, study: SharedStudy, series: SharedSeries): Promise<void> {
  const n = Math.min(active.value, store.sight.value.viewports.length - 1)
  pressed.set(n, series.series)
  const isForgotten = (): boolean => pressed.get(n) !== series.series
  try {
    const image = await firstOf(view.consultation, study.study, series.series)
    const [shown, marks] = kindOf(series.modality) === 'presentation' ? await presented(view, image) : [{ image }, []]
    if (isForgotten() || n >= store.sight.value.viewports.length) return
    if (store.sight.value.leading) marks.forEach(addMark)
    changeView(n, shown)
    startedLast.value = 'pictures'
    if (pinned.value !== 'pictures') pinned.value = null // what was just opened is what is wanted
  } catch (error) {
    if (isForgotten()) return
    store.notice.value = { kind: 'pictures.load_failed', tone: 'warn', values: { why: whyNot(error) } }
  }
}

/** What a presentation state says: its picture, as it was seen, and its marks. */
async function presented(view: View, state: Picture): Promise<[Change, readonly Mark[]]> {
  const base = folderOf(view.consultation)
  const said = await metadataOf(base, state)
  const image = pictureIn(said)
  const instance = image && instanceOf(await metadataOf(base, image))
  if (!image || !instance) throw new HttpFailed(404, 'not_found')
  const { marks, ...seen } = presentedOf(said, image, instance)
  return [{ image, ...seen }, marks]
}
