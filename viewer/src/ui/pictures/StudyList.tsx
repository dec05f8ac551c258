// The folder of the consultation: whose pictures, which studies, which series. A press opens a series.
import { FileText, HeartPulse, Image, ImageOff, PenLine, ShieldAlert, Undo2 } from 'lucide'
import { useEffect, useRef, useState } from 'preact/hooks'

import { shareStudy } from '../../app/lead'
import { t } from '../../i18n'
import { folderOf, thumbnailUrl } from '../../session/dicomweb'
import { kindOf, mayBeShown, mayConfirm, mayWithdraw } from '../../session/folder'
import type { SeriesKind } from '../../session/folder'
import { personOf } from '../../session/view'
import type { View } from '../../session/view'
import type { ParticipantId, SharedSeries, SharedStudy } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Icon } from '../kit/Icon'
import { Strip } from '../kit/Strip'
import { clockTime } from '../words'
import { serverTime } from '../../session/clock'
import { answering, instanceAt, takenOut, takeOut } from './open'
import { patientName, patientNumber, seriesWords, studyWords } from './words'

type Open = (study: SharedStudy, series: SharedSeries) => void

export function StudyList({ view, onOpen }: { view: View; onOpen: Open }) {
  const { studies } = view.state.looking
  return (
    <div class="studies" role="list" aria-label={t('pictures.study.list')}>
      {studies.map((study) => (
        <Study key={study.study} study={study} view={view} onOpen={onOpen} />
      ))}
    </div>
  )
}

export function TakenOut() {
  const study = takenOut.value
  if (!study) return null
  const undo = (): void => {
    takenOut.value = null
    void shareStudy(study.study, study.source)
  }
  return (
    <Strip tone="info" words={t('pictures.study.withdrawn', { what: studyWords(study) })}>
      <Button icon={Undo2} onPress={undo}>
        {t('pictures.study.undo')}
      </Button>
    </Strip>
  )
}

function Study({ study, view, onOpen }: { study: SharedStudy; view: View; onOpen: Open }) {
  const shown = mayBeShown(study)
  const what = studyWords(study)
  return (
    <section class="study" role="listitem">
      <header class="study-head">
        <div class="grow">
          <p class="study-patient">
            <strong>{patientName(study.patient)}</strong>
            <span>{patientNumber(study.patient)}</span>
          </p>
          <p class="small">{what}</p>
          <p class="quiet small">{fromWords(study, view)}</p>
        </div>
        {mayWithdraw(view, study) && (
          <Button tone="plain" label={t('pictures.study.withdraw_of', { what })} onPress={() => void takeOut(study)}>
            {t('pictures.study.withdraw')}
          </Button>
        )}
      </header>
      {!shown && <NotShown study={study} view={view} />}
      {shown && (
        <ul class="series-list">
          {study.series.map((series) => (
            <Series key={series.series} study={study} series={series} view={view} onOpen={onOpen} />
          ))}
        </ul>
      )}
    </section>
  )
}

function fromWords(study: SharedStudy, view: View): string {
  const name = personOf(view.state, study.by as ParticipantId)?.name
  const from = name ? t('pictures.study.by', { name }) : t('pictures.study.by_machine')
  return `${from} · ${clockTime(serverTime(view.zeroMs + study.t / 1000))}`
}

function NotShown({ study, view }: { study: SharedStudy; view: View }) {
  return (
    <div class="not-shown">
      <Icon of={ShieldAlert} />
      <p class="grow">{t('pictures.warning.waits')}</p>
      {(mayConfirm(view) || mayWithdraw(view, study)) && (
        <Button onPress={() => (answering.value = study.study)}>{t('pictures.warning.answer')}</Button>
      )}
    </div>
  )
}

interface SeriesProps {
  study: SharedStudy
  series: SharedSeries
  view: View
  onOpen: Open
}

function Series({ study, series, view, onOpen }: SeriesProps) {
  const open = view.state.looking.viewports.some((viewport) => viewport.image?.series === series.series)
  const { modality } = series
  const count = countWords(series)
  const what = seriesWords(series)
  return (
    <li>
      <button
        type="button"
        class={`series${open ? ' open' : ''}`}
        aria-label={t('pictures.series.open', { modality, what, count })}
        aria-current={open || undefined}
        onClick={() => onOpen(study, series)}
      >
        <Thumbnail study={study} series={series} consultation={view.consultation} />
        {/* Drawn by the style: to a screen reader the name is the button's. */}
        <span class="series-words">
          <span class="series-line">
            <strong data-words={modality} />
            <span class="figures" data-words={count} />
          </span>
          <span class="one-line small" data-words={what} />
          {open && <span class="small series-open" data-words={t('pictures.series.open_now')} />}
        </span>
      </button>
    </li>
  )
}

/** How many of what: an ECG is no picture. */
function countWords({ modality, instances: count }: SharedSeries): string {
  const kind = kindOf(modality)
  return t(kind === 'picture' ? 'pictures.series.pictures' : `pictures.series.count.${kind}`, { count })
}

const ICONS: Record<SeriesKind, typeof Image> = {
  picture: Image,
  presentation: PenLine,
  ecg: HeartPulse,
  document: FileText,
  report: FileText,
}

/** The middle picture of a series says most of it. Asked for when it comes into sight. */
function Thumbnail({
  study,
  series,
  consultation,
}: {
  study: SharedStudy
  series: SharedSeries
  consultation: string
}) {
  const place = useRef<HTMLSpanElement>(null)
  const kind = kindOf(series.modality)
  const [url, setUrl] = useState('')
  const [failed, setFailed] = useState(false)
  const middle = Math.floor(series.instances / 2)
  useEffect(() => {
    if (kind !== 'picture' || !place.current) return
    return whenSeen(place.current, () => {
      instanceAt(consultation, study.study, series.series, Math.min(middle, series.instances - 1)).then(
        (instance) => {
          setUrl(
            thumbnailUrl(folderOf(consultation), { study: study.study, series: series.series, instance, frame: 1 }),
          )
          setFailed(false)
        },
        () => setFailed(true),
      )
    })
  }, [series.series, middle])
  return (
    <span ref={place} class="thumbnail" aria-hidden="true">
      {url && !failed ? (
        <img src={url} alt="" onError={() => setFailed(true)} />
      ) : (
        <Icon of={failed ? ImageOff : ICONS[kind]} size={28} />
      )}
    </span>
  )
}

function whenSeen(element: Element, then: () => void): () => void {
  if (typeof IntersectionObserver === 'undefined') {
    then()
    return () => undefined
  }
  const watch = new IntersectionObserver((seen) => {
    if (!seen.some((one) => one.isIntersecting)) return
    watch.disconnect()
    then()
  })
  watch.observe(element)
  return () => watch.disconnect()
}
