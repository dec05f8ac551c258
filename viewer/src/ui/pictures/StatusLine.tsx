// Under a picture: which one of how many, its window, how it is turned, what its lengths mean, and what is yet to come.
import { t } from '../../i18n'
import type { Seen } from '../../dicom/hand'
import type { News } from '../../dicom/news'
import type { Greys } from '../../dicom/view'
import { scaleWords } from './said'

export function StatusLine({ news, seen }: { news: News; seen: Seen | null }) {
  return (
    <p class="viewport-line small" data-place={news.place}>
      {placeWords(news).map((words) => (
        <span key={words}>{words}</span>
      ))}
      {seen && viewWords(seen).map((words) => <span key={words}>{words}</span>)}
      {comingWords(news).map((words) => (
        <span key={words} class="coming">
          {words}
        </span>
      ))}
    </p>
  )
}

function placeWords({ place, count, shot }: News): string[] {
  const found = count > 1 && place >= 0 ? [t('viewport.place', { place: place + 1, count })] : []
  if (shot && shot.instance.frames > 1 && count !== shot.instance.frames) {
    found.push(t('viewport.frame', { frame: shot.frame }))
  }
  return found
}

function viewWords({ sight, greys, shot }: Seen): string[] {
  return [
    greys ? windowWords(greys) : '',
    greys && greys.map !== 'grey' ? t(`viewport.colour_map.${greys.map}`) : '',
    greys?.invert ? t('viewport.inverted') : '',
    sight.rotation ? t('viewport.turned', { degrees: Math.round(sight.rotation) }) : '',
    sight.flipX || sight.flipY ? t('viewport.mirrored') : '',
    scaleWords(shot.instance),
  ].filter(Boolean)
}

function windowWords({ curve, width, centre }: Greys): string {
  if (curve === 'table') return t('viewport.own_table')
  const window = t('viewport.window', { width: Math.round(width), centre: Math.round(centre) })
  return curve === 'sigmoid' ? t('viewport.sigmoid', { window }) : window
}

function comingWords({ showing, plain, preview, behind, failure, note }: News): string[] {
  if (failure) return []
  return [
    note ? t(`viewport.note.${note}`) : '',
    showing === 'loading' ? t('viewport.loading') : '',
    showing !== 'loading' && plain ? t(preview ? 'viewport.preview' : 'viewport.plain') : '',
    behind > 0 ? t('viewport.behind', { n: behind }) : '',
  ].filter(Boolean)
}
