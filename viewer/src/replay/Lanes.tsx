// On the timeline: how loud each person was, the signs of what happened, and hatched what is missing.
import { h } from 'preact'
import { useMemo } from 'preact/hooks'

import { t } from '../i18n'
import { colourName } from '../marks/colours'
import { placed } from './moments'
import type { Replay } from './replay'
import { isEmpty } from './runs'
import { signOf } from './signs'
import { talkers } from './Timeline'
import type { Gap } from './wire'
import { gapWords, code } from './words'

const LANE = 20
const SIGNS = 24
const BAR = 3 // px a bar of loudness takes
const APART = 20
const LABEL = 90 // px that words need in a gap

interface Props {
  replay: Replay
  width: number
}

export function Lanes({ replay, width }: Props) {
  const people = talkers(replay)
  const height = people.length * LANE + SIGNS
  return (
    <svg
      class="replay-lanes"
      width={width}
      height={height}
      viewBox={`0 0 ${Math.max(1, width)} ${height}`}
      aria-hidden="true"
    >
      <defs>
        <pattern id="replay-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="2" height="6" class="replay-hatch" />
        </pattern>
      </defs>
      {people.map(({ peer }, n) => (
        <g key={peer} transform={`translate(0 ${n * LANE})`}>
          <line class="replay-rule" x1="0" x2={width} y1={LANE - 1} y2={LANE - 1} />
          <Talk replay={replay} width={width} peer={peer} />
        </g>
      ))}
      <Spans replay={replay} width={width} height={height - SIGNS} />
      <g transform={`translate(0 ${height - SIGNS})`}>
        <Signs replay={replay} width={width} />
      </g>
      {replay.opened.gaps.filter(isEmpty).map((gap) => (
        <Missing key={gap.t_from} gap={gap} replay={replay} width={width} height={height} />
      ))}
    </svg>
  )
}

/** A bar goes up from the line for as loud as it was. */
function Talk({ replay, width, peer }: Props & { peer: number }) {
  const loudness = replay.loudness.value
  const path = useMemo(() => {
    if (!loudness || width < BAR) return ''
    const bars = loudness.bars(peer, 0, replay.opened.length_us, Math.floor(width / BAR))
    return bars.map((level, n) => bar(n * BAR, level)).join('')
  }, [loudness, width, peer])
  return <path class="replay-talk" d={path} stroke={`var(${colourName(peer)})`} />
}

function bar(x: number, level: number): string {
  return level > 0 ? `M${x + 1} ${LANE - 2}v${-Math.max(1, level * (LANE - 4)).toFixed(1)}` : ''
}

/** Damage and trouble last: a line under the signs, not a sign alone. */
function Spans({ replay, width, height }: Props & { height: number }) {
  const { length_us } = replay.opened
  const x = (at: number): number => (at / Math.max(1, length_us)) * width
  return (
    <>
      {(replay.markers.value ?? [])
        .filter(({ kind, t: from, t_to }) => ['damaged', 'network'].includes(kind) && t_to > from)
        .map(({ kind, t: from, t_to }, n) => (
          <rect
            key={n}
            class={`replay-span ${kind}`}
            x={x(from)}
            y={kind === 'network' ? height - 6 : height - 3}
            width={Math.max(2, x(t_to) - x(from))}
            height="3"
          />
        ))}
    </>
  )
}

function Signs({ replay, width }: Props) {
  const markers = replay.markers.value
  const signs = useMemo(() => placed(markers ?? [], width, replay.opened.length_us, APART), [markers, width])
  return (
    <>
      {signs.map(({ marker, x }) => (
        <g key={`${marker.t} ${marker.kind}`} class={`replay-sign ${marker.kind}`} transform={`translate(${x} 0)`}>
          <line x1="0" x2="0" y1="0" y2={SIGNS} />
          <g transform="translate(2 3) scale(0.66)">
            {signOf(marker.kind).map(([tag, attributes], n) => h(tag, { ...attributes, key: n }))}
          </g>
        </g>
      ))}
    </>
  )
}

function Missing({ gap, replay, width, height }: Props & { gap: Gap; height: number }) {
  const { length_us } = replay.opened
  const x = (gap.t_from / Math.max(1, length_us)) * width
  const wide = Math.max(3, ((gap.t_to - gap.t_from) / Math.max(1, length_us)) * width)
  return (
    <g class="replay-gap" data-gap={gap.reason}>
      <rect class="replay-gap-ground" x={x} y="0" width={wide} height={height} />
      <rect fill="url(#replay-hatch)" x={x} y="0" width={wide} height={height} />
      <title>{t('replay.gap', { from: code(gap.t_from), to: code(gap.t_to), why: gapWords(gap.reason) })}</title>
      {wide > LABEL && (
        <text x={x + wide / 2} y={height / 2} text-anchor="middle">
          {gapWords(gap.reason)}
        </text>
      )}
    </g>
  )
}
