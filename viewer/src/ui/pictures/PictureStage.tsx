// The shared pictures on the stage: each viewport with the viewer its series needs. ECG, documents and reports have
// their own, each loaded when it is first needed.
import { useComputed } from '@preact/signals'
import { Maximize, Minimize, Pin, PinOff } from 'lucide'
import type { IconNode } from 'lucide'
import { useContext, useEffect } from 'preact/hooks'

import { t } from '../../i18n'
import { folderOf } from '../../session/dicomweb'
import { kindOf, seriesOf } from '../../session/folder'
import type { SeriesKind } from '../../session/folder'
import type { View } from '../../session/view'
import type { Picture, SeriesId } from '../../session/wire.gen'
import { Icon } from '../kit/Icon'
import { lazily } from '../kit/Lazy'
import { pinned } from '../call/panel'
import { fullScreen, onStage, toggleStageOnly } from '../call/screen'
import { LookerContext } from './looker'
import { active } from './open'
import './pictures.css'
import { Viewport } from './Viewport'
import { ViewportTools } from './ViewportTools'
import { patientName, patientNumber, seriesWords, studyWords } from './words'

const EcgViewer = lazily(() => import('./ecg/EcgViewer').then((part) => part.EcgViewer))
const DocumentViewer = lazily(() => import('./papers/DocumentViewer').then((part) => part.DocumentViewer))
const ReportViewer = lazily(() => import('./papers/ReportViewer').then((part) => part.ReportViewer))

type Paper = Exclude<SeriesKind, 'picture' | 'presentation'>
const PAPERS: Record<Paper, (props: { base: string; picture: Picture; n: number }) => preact.JSX.Element> = {
  ecg: EcgViewer,
  document: DocumentViewer,
  report: ReportViewer,
}

export function PictureStage({ view }: { view: View }) {
  useEffect(() => void (onStage.value = 'pictures'), [])
  return (
    <figure class="stage pictures-stage" aria-label={t('pictures.stage.name')}>
      <Viewports view={view} />
      <figcaption>
        <Toolbar view={view} />
      </figcaption>
    </figure>
  )
}

/** All of them, as they are laid out. */
export function Viewports({ view }: { view: View }) {
  const { sight } = useContext(LookerContext)
  const rows = useComputed(() => sight.value.rows).value
  const columns = useComputed(() => sight.value.columns).value
  const count = useComputed(() => sight.value.viewports.length).value
  return (
    <div class={`stage-frame viewports rows-${rows} columns-${columns}`}>
      {Array.from({ length: count }, (_, n) => (
        <Cell key={n} n={n} several={count > 1} view={view} />
      ))}
    </div>
  )
}

interface CellProps {
  n: number
  several: boolean
  view: View
}

/** One viewport: whose picture it is stands above it, never on it. */
function Cell({ n, several, view }: CellProps) {
  const found = seriesOf(view.state.looking, useSeries(n))
  const chosen = active.value === n
  return (
    <section
      class={`viewport-cell${several && chosen ? ' active' : ''}`}
      aria-label={t('pictures.stage.viewport', { number: n + 1 })}
      aria-current={several && chosen ? 'true' : undefined}
      onPointerDown={() => (active.value = n)}
      onFocusCapture={() => (active.value = n)}
    >
      {found ? (
        <>
          <p class="viewport-caption">
            <strong class="one-line">{patientName(found.study.patient)}</strong>
            <span>{patientNumber(found.study.patient)}</span>
            <span class="one-line quiet">{`${studyWords(found.study)} · ${seriesWords(found.series)}`}</span>
          </p>
          <Content view={view} n={n} kind={kindOf(found.series.modality)} base={folderOf(view.consultation)} />
        </>
      ) : (
        <button type="button" class="viewport-empty quiet" onClick={() => (active.value = n)}>
          {t('pictures.stage.empty')}
        </button>
      )}
    </section>
  )
}

/** The series in a viewport: not drawn again while its picture is moved, or scrolled through. */
function useSeries(n: number): SeriesId | undefined {
  const { sight } = useContext(LookerContext)
  return useComputed(() => sight.value.viewports[n]?.image?.series).value
}

interface ContentProps {
  view: View
  n: number
  kind: SeriesKind
  base: string
}

function Content({ view, n, kind, base }: ContentProps) {
  if (kind === 'picture' || kind === 'presentation') return <Viewport view={view} n={n} base={base} />
  return <PaperIn n={n} kind={kind} base={base} />
}

function PaperIn({ n, kind, base }: { n: number; kind: Paper; base: string }) {
  const { sight } = useContext(LookerContext)
  const image = useComputed(() => sight.value.viewports[n]?.image).value
  const Viewer = PAPERS[kind]
  return image ? <Viewer key={image.instance} base={base} picture={image} n={n} /> : null
}

/** The tools of the picture that was touched last, if it is one. */
export function TouchedTools({ view }: { view: View }) {
  const { sight } = useContext(LookerContext)
  const touched = (): number => Math.min(active.value, sight.value.viewports.length - 1)
  const n = useComputed(touched).value
  const series = useComputed(() => sight.value.viewports[touched()]?.image?.series).value
  const found = seriesOf(view.state.looking, series)
  return found && kindOf(found.series.modality) === 'picture' ? <ViewportTools view={view} n={n} /> : null
}

function Toolbar({ view }: { view: View }) {
  const kept = pinned.value === 'pictures'
  const large = fullScreen()
  return (
    <div class="picture-tools" role="toolbar" aria-label={t('pictures.stage.short')}>
      <TouchedTools view={view} />
      <span class="grow" />
      <Tool
        words={t(kept ? 'call.unpin' : 'call.pin')}
        icon={kept ? PinOff : Pin}
        pressed={kept}
        onPress={() => (pinned.value = kept ? null : 'pictures')}
      />
      <Tool
        words={t(large ? 'call.full_screen_end' : 'call.full_screen')}
        icon={large ? Minimize : Maximize}
        onPress={toggleStageOnly}
      />
    </div>
  )
}

interface ToolProps {
  words: string
  icon: IconNode
  pressed?: boolean
  onPress: () => void
}

function Tool({ words, icon, pressed, onPress }: ToolProps) {
  return (
    <button
      type="button"
      class="button plain only-icon"
      aria-pressed={pressed}
      aria-label={words}
      title={words}
      onClick={onPress}
    >
      <Icon of={icon} />
    </button>
  )
}
