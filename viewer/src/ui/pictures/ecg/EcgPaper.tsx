// The paper itself, drawn into a canvas, and the calipers over it: two ends, by hand or by the arrow keys.
import type { RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

import { t } from '../../../i18n'
import { draw } from './draw'
import { interval, MARGIN_MM, pixelsPerMm, sheet } from './paper'
import type { Paper, PaperPoint, Sheet } from './paper'
import type { Recording } from './waveform'

export function EcgPaper({ recording, paper }: { recording: Recording; paper: Paper }) {
  const place = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const room = useWidth(place)
  const made = sheet(recording, paper)
  const mm = pixelsPerMm(room, made.width, paper.speed)
  useEffect(() => {
    const element = canvas.current
    const context = element?.getContext('2d')
    if (!element || !context || room === 0) return
    const scale = mm * (globalThis.devicePixelRatio || 1)
    element.width = Math.round(made.width * scale)
    element.height = Math.round(made.height * scale)
    draw(context, { recording, paper, sheet: made, scale })
  }, [recording, paper, mm])
  const size = { width: `${made.width * mm}px`, height: `${made.height * mm}px` }
  const words = t('pictures.ecg.paper', { leads: recording.leads.length, seconds: Math.round(recording.seconds) })
  return (
    <div ref={place} class="ecg-scroll" tabIndex={0} role="region" aria-label={t('pictures.ecg.name')}>
      <div class="ecg-sheet" style={size}>
        <canvas ref={canvas} style={size} role="img" aria-label={words} data-mm={mm.toFixed(3)} />
        <Calipers made={made} paper={paper} mm={mm} />
      </div>
    </div>
  )
}

function useWidth(place: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const element = place.current
    if (!element) return
    const note = (): void => setWidth(element.clientWidth)
    note()
    const watch = new ResizeObserver(note)
    watch.observe(element)
    return () => watch.disconnect()
  }, [])
  return width
}

interface CalipersProps {
  made: Sheet
  paper: Paper
  mm: number
}

const STEP_MM = 0.5
const BIG_STEP_MM = 5
const AT_FIRST: [PaperPoint, PaperPoint] = [
  { x: MARGIN_MM + 20, y: 20 },
  { x: MARGIN_MM + 40, y: 10 },
]

function Calipers({ made, paper, mm }: CalipersProps) {
  const [ends, setEnds] = useState(AT_FIRST)
  const dragging = useRef<0 | 1 | null>(null)
  const [from, to] = ends
  const found = interval(from, to, paper)
  const put = (end: 0 | 1, point: PaperPoint): void =>
    setEnds((before) => (end === 0 ? [within(made, point), before[1]] : [before[0], within(made, point)]))
  const at = (event: PointerEvent): PaperPoint => {
    const box = (event.currentTarget as Element).getBoundingClientRect()
    return { x: (event.clientX - box.left) / mm, y: (event.clientY - box.top) / mm }
  }
  return (
    <div
      class="ecg-calipers"
      title={t('pictures.ecg.caliper_help')}
      onPointerDown={(event) => {
        const point = at(event)
        const near = nearest(ends, point, 14 / mm)
        dragging.current = near ?? 1
        if (near === null) setEnds([within(made, point), within(made, point)])
        event.currentTarget.setPointerCapture(event.pointerId)
      }}
      onPointerMove={(event) => {
        if (dragging.current !== null) put(dragging.current, at(event))
      }}
      onPointerUp={() => (dragging.current = null)}
      onPointerCancel={() => (dragging.current = null)}
    >
      <svg class="ecg-lines" width={made.width * mm} height={made.height * mm} aria-hidden="true">
        {ends.map((end, n) => (
          <g key={n}>
            <line x1={end.x * mm} x2={end.x * mm} y1={0} y2={made.height * mm} />
            <line class="level" x1={from.x * mm} x2={to.x * mm} y1={end.y * mm} y2={end.y * mm} />
          </g>
        ))}
      </svg>
      <End words={t('pictures.ecg.caliper_from')} end={from} mm={mm} paper={paper} onMove={(point) => put(0, point)} />
      <End words={t('pictures.ecg.caliper_to')} end={to} mm={mm} paper={paper} onMove={(point) => put(1, point)} />
      <output class="ecg-reading" style={{ left: `${Math.min(from.x, to.x) * mm}px`, top: '0px' }}>
        <strong>{t('pictures.ecg.reading', { ms: Math.round(found.ms), mv: found.mv.toFixed(2) })}</strong>
        {found.bpm > 0 && <span>{t('pictures.ecg.rate', { bpm: Math.round(found.bpm) })}</span>}
      </output>
    </div>
  )
}

interface EndProps {
  words: string
  end: PaperPoint
  mm: number
  paper: Paper
  onMove: (point: PaperPoint) => void
}

/** One end, as a slider that goes both ways: left and right in time, up and down in voltage. */
function End({ words, end, mm, paper, onMove }: EndProps) {
  const ms = Math.round(((end.x - MARGIN_MM) / paper.speed) * 1000)
  return (
    <span
      class="ecg-end"
      role="slider"
      tabIndex={0}
      aria-label={words}
      aria-valuenow={ms}
      aria-valuetext={t('pictures.ecg.caliper_place', { ms, mv: (-end.y / paper.gain).toFixed(2) })}
      style={{ left: `${end.x * mm}px`, top: `${end.y * mm}px` }}
      onKeyDown={(event) => {
        const step = STEPS[event.key]
        if (!step) return
        event.preventDefault()
        const by = event.shiftKey ? BIG_STEP_MM : STEP_MM
        onMove({ x: end.x + step[0] * by, y: end.y + step[1] * by })
      }}
    />
  )
}

const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

function within(made: Sheet, { x, y }: PaperPoint): PaperPoint {
  return { x: Math.min(Math.max(x, 0), made.width), y: Math.min(Math.max(y, 0), made.height) }
}

/** The end under the finger, if one is. */
function nearest(ends: readonly [PaperPoint, PaperPoint], { x, y }: PaperPoint, reach: number): 0 | 1 | null {
  const far = ends.map((end) => Math.hypot(end.x - x, end.y - y))
  const [first = Infinity, second = Infinity] = far
  if (Math.min(first, second) > reach) return null
  return first < second ? 0 : 1
}
