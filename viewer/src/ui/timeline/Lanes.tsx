// The picture: a lane for the server and for each person, on one time axis. It is moved and scaled by hand, wheel or keys.
import { useEffect, useRef, useState } from 'preact/hooks'

import { t } from '../../i18n'
import type { Sign, Span, Stretch, Timeline } from '../../session/timeline'
import { AXIS, BARS_HEIGHT, laneHeight, moved, placed, ROW, ticks, whole, xOf, zoomed } from './layout'
import type { Placed, Window } from './layout'
import { clock, described, who } from './said'

const NARROW = 700
const LABELS = 210
const WHEEL = 1.2
const BARS: Record<Stretch, readonly [number, number]> = {
  ringing: [8, 12],
  here: [8, 12],
  away: [8, 12],
  media: [22, 6],
  loss: [30, 8],
  suspended: [30, 8],
  no_keyframes: [30, 8],
  storage: [30, 8],
}

interface LanesProps {
  found: Timeline
  seen: Window
  onSee: (seen: Window) => void
  chosen: number
  onChoose: (number: number) => void
}

export function Lanes(props: LanesProps) {
  const { found, seen } = props
  const place = useRef<HTMLDivElement>(null)
  const width = useWidth(place)
  // On a phone the names stand over the lanes, not beside them.
  const narrow = width < NARROW
  const left = narrow ? 8 : LABELS
  const head = narrow ? 24 : 0
  const rows = found.lanes.map((_, index) => placed(found, index, seen, left, width))
  const tops = topsOf(rows, head)
  const height = tops[rows.length] ?? AXIS
  useHands(place, props, left, width)
  return (
    <div ref={place} class="lanes" tabIndex={0} role="group" aria-label={t('timeline.page.picture')}>
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
        <defs>
          <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="3" height="6" class="hatch" />
          </pattern>
          <clipPath id="window">
            <rect x={left - 12} y="0" width={Math.max(0, width - left + 12)} height={height} />
          </clipPath>
        </defs>
        {ticks(seen, width - left).map((at) => (
          <g key={at} class="tick">
            <line x1={xOf(at, seen, left, width)} x2={xOf(at, seen, left, width)} y1={AXIS - 6} y2={height} />
            <text x={xOf(at, seen, left, width)} y={AXIS - 12} text-anchor={narrow ? 'start' : 'middle'}>
              {shortClock(at)}
            </text>
          </g>
        ))}
        {found.lanes.map((lane, index) => (
          <g key={index} transform={`translate(0 ${tops[index]})`}>
            <line class="lane" x1="0" x2={width} y1="0" y2="0" />
            <text class="lane-who" x="8" y={narrow ? 18 : 24}>
              {narrow ? `${who(lane)}${lane.site ? ` · ${lane.site}` : ''}` : who(lane)}
            </text>
            {!narrow && <SiteName site={lane.site} department={lane.department} />}
            <g transform={`translate(0 ${head})`} clip-path="url(#window)">
              {found.spans.filter((span) => span.lane === index).map((span) => Bar(span, seen, left, width))}
              {rows[index]?.map((one) => (
                <SignMark key={one.number} one={one} chosen={props.chosen === one.number} onChoose={props.onChoose} />
              ))}
            </g>
          </g>
        ))}
      </svg>
    </div>
  )
}

/** Where each lane begins, and where the last one ends. */
function topsOf(rows: readonly Placed[][], head: number): number[] {
  const tops = [AXIS]
  for (const signs of rows) tops.push((tops[tops.length - 1] ?? AXIS) + head + laneHeight(signs))
  return tops
}

function SiteName({ site, department }: { site: string; department: string }) {
  return (
    <foreignObject x="8" y="30" width={LABELS - 24} height={BARS_HEIGHT}>
      <p class="lane-site">{[site, department].filter(Boolean).join(' · ')}</p>
    </foreignObject>
  )
}

function Bar(span: Span, seen: Window, left: number, width: number) {
  const end = span.end < 0 ? seen.end : span.end
  if (span.begin > seen.end || end < seen.begin) return null
  const [y, height] = BARS[span.what]
  const x = Math.max(left - 12, xOf(span.begin, seen, left, width))
  const until = Math.min(width, xOf(end, seen, left, width))
  const title = `${t(`timeline.stretch.${span.what}`)} ${clock(span.begin)} – ${span.end < 0 ? '…' : clock(span.end)}`
  return (
    <rect
      key={`${span.what} ${span.begin} ${span.track}`}
      class={`bar ${span.what}`}
      x={x}
      y={y}
      width={Math.max(2, until - x)}
      height={height}
    >
      <title>{title}</title>
    </rect>
  )
}

interface MarkProps {
  one: Placed
  chosen: boolean
  onChoose: (number: number) => void
}

function SignMark({ one: { number, entry, x, row, hidden }, chosen, onChoose }: MarkProps) {
  const y = BARS_HEIGHT + 10 + row * ROW
  const choose = (): void => onChoose(number)
  return (
    <>
      <g
        class={chosen ? 'sign chosen' : 'sign'}
        role="img"
        tabIndex={0}
        aria-label={`${number}. ${described(entry)}`}
        onMouseEnter={choose}
        onFocus={choose}
        onClick={choose}
        data-what={entry.what}
      >
        <Shape sign={entry.sign} x={x} y={y} />
        <text x={x} y={y + (entry.sign === 'trouble' ? 7 : 4)} text-anchor="middle">
          {number}
        </text>
      </g>
      {hidden > 0 && (
        <text class="more" x={x + 14} y={y + 5}>
          {t('timeline.more', { n: hidden })}
        </text>
      )}
    </>
  )
}

export function Shape({ sign, x, y }: { sign: Sign; x: number; y: number }) {
  switch (sign) {
    case 'people':
      return <rect class="shape people" x={x - 9} y={y - 9} width="18" height="18" />
    case 'media':
      return <circle class="shape media" cx={x} cy={y} r="10" />
    case 'trouble':
      return <polygon class="shape trouble" points={`${x},${y - 12} ${x + 12},${y + 9} ${x - 12},${y + 9}`} />
    case 'better':
      return <polygon class="shape better" points={`${x},${y - 12} ${x + 12},${y} ${x},${y + 12} ${x - 12},${y}`} />
  }
}

function shortClock(at: number): string {
  return at % 1_000_000 === 0 ? clock(at).slice(0, -4) : clock(at)
}

function useWidth(place: { current: HTMLDivElement | null }): number {
  const [width, setWidth] = useState(1000)
  useEffect(() => {
    if (!place.current) return
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(280, entry?.contentRect.width ?? 0)))
    observer.observe(place.current)
    return () => observer.disconnect()
  }, [])
  return width
}

/** Wheel with Ctrl, + and −: scale. Sideways wheel, arrows, a drag: move. */
function useHands(place: { current: HTMLDivElement | null }, props: LanesProps, left: number, width: number): void {
  const now = useRef({ ...props, left, width })
  now.current = { ...props, left, width }
  useEffect(() => {
    const element = place.current
    if (!element) return
    const perPixel = (): number => {
      const { seen, left: from, width: to } = now.current
      return (seen.end - seen.begin) / Math.max(1, to - from)
    }
    const move = (by: number): void => now.current.onSee(moved(now.current.seen, whole(now.current.found), by))
    const scale = (factor: number, around?: number): void => {
      const { seen, found, onSee } = now.current
      onSee(zoomed(seen, whole(found), factor, around ?? (seen.begin + seen.end) / 2))
    }
    const wheel = (event: WheelEvent): void => {
      const sideways = event.shiftKey ? event.deltaY : event.deltaX
      if (!event.ctrlKey && Math.abs(sideways) < Math.abs(event.deltaY) && !event.shiftKey) return
      event.preventDefault()
      if (!event.ctrlKey) return move(sideways * perPixel())
      const x = event.clientX - element.getBoundingClientRect().left - now.current.left
      scale(event.deltaY > 0 ? WHEEL : 1 / WHEEL, now.current.seen.begin + x * perPixel())
    }
    const key = (event: KeyboardEvent): void => {
      const step = (now.current.seen.end - now.current.seen.begin) / 5
      const acts: Record<string, () => void> = {
        ArrowLeft: () => move(-step),
        ArrowRight: () => move(step),
        '+': () => scale(1 / 2),
        '=': () => scale(1 / 2),
        '-': () => scale(2),
      }
      const act = acts[event.key]
      if (!act) return
      event.preventDefault()
      act()
    }
    const drag = (event: PointerEvent): void => {
      if (event.buttons === 1 && event.movementX !== 0) move(-event.movementX * perPixel())
    }
    element.addEventListener('wheel', wheel, { passive: false })
    element.addEventListener('keydown', key)
    element.addEventListener('pointermove', drag)
    return () => {
      element.removeEventListener('wheel', wheel)
      element.removeEventListener('keydown', key)
      element.removeEventListener('pointermove', drag)
    }
  }, [])
}
