// The time: small pictures, who talked, what happened, what is missing; a press, a drag or the keys lead anywhere in it.
import { useComputed } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'

import { t } from '../i18n'
import { Lanes } from './Lanes'
import { snapped } from './moments'
import type { Replay } from './replay'
import { gapAt, isEmpty } from './runs'
import { Thumbnails } from './Thumbnails'
import type { Somebody } from './wire'
import { code, gapWords, nameOf } from './words'

const PAGE_US = 30_000_000

export function Timeline({ replay }: { replay: Replay }) {
  const area = useRef<HTMLDivElement>(null)
  const width = useWidth(area)
  return (
    <div class="replay-time">
      <Names replay={replay} />
      <div ref={area} class="replay-area">
        <Thumbnails replay={replay} width={width} />
        <Lanes replay={replay} width={width} />
        <Slider replay={replay} width={width} />
      </div>
    </div>
  )
}

/** Whose lane is whose; on a phone there is no room for it, and the list of people says who talks. */
function Names({ replay }: { replay: Replay }) {
  return (
    <ul class="replay-names wide-only" aria-hidden="true">
      {talkers(replay).map((who) => (
        <li key={who.peer} class="one-line small">
          {nameOf(who, replay.opened)}
        </li>
      ))}
    </ul>
  )
}

/** Everybody who has a lane. */
export function talkers(replay: Replay): Somebody[] {
  const heard = new Set(replay.opened.tracks.filter(({ kind }) => kind === 'audio').map(({ peer }) => peer))
  return replay.opened.people.filter(({ peer }) => heard.has(peer))
}

/** Where one is, over everything else; what the hand and the keyboard hold. */
function Slider({ replay, width }: { replay: Replay; width: number }) {
  const place = useRef<HTMLDivElement>(null)
  const head = useRef<HTMLDivElement>(null)
  const [hover, setHover] = useState<number | null>(null)
  const length = replay.opened.length_us
  const second = useComputed(() => Math.floor(replay.t.value / 1e6)).value
  // By script and not by the second: it moves with every frame of the screen. The policy forbids style attributes.
  useEffect(
    () =>
      replay.t.subscribe((now) => {
        if (head.current) head.current.style.transform = `translateX(${(now / Math.max(1, length)) * width}px)`
      }),
    [replay, width],
  )
  const at = (event: PointerEvent): number => {
    const box = place.current?.getBoundingClientRect()
    if (!box) return 0
    const share = Math.max(0, Math.min(1, (event.clientX - box.left) / Math.max(1, box.width)))
    return share * length
  }
  const leads = (event: PointerEvent): void => {
    replay.jump(snapped(replay.markers.peek() ?? [], at(event), length / Math.max(1, width)))
  }
  return (
    <div
      ref={place}
      class="replay-slider"
      role="slider"
      tabIndex={0}
      aria-label={t('replay.place')}
      aria-valuemin={0}
      aria-valuemax={Math.ceil(length / 1e6)}
      aria-valuenow={second}
      aria-valuetext={placeWords(replay, second * 1e6)}
      onPointerDown={(event) => {
        if (event.button !== 0) return
        place.current?.setPointerCapture(event.pointerId)
        leads(event)
      }}
      onPointerMove={(event) => {
        setHover(at(event))
        if (event.buttons === 1) replay.jump(at(event))
      }}
      onPointerLeave={() => setHover(null)}
      onKeyDown={(event) => {
        const by = { PageUp: -PAGE_US, PageDown: PAGE_US, ArrowUp: 5_000_000, ArrowDown: -5_000_000 }[event.key]
        if (by === undefined) return
        event.preventDefault()
        replay.by(by)
      }}
    >
      <div ref={head} class="replay-head-line" />
      {hover !== null && <Hover at={hover} width={width} length={length} />}
    </div>
  )
}

function Hover({ at, width, length }: { at: number; width: number; length: number }) {
  const label = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    const x = Math.max(24, Math.min(width - 24, (at / Math.max(1, length)) * width))
    if (label.current) label.current.style.transform = `translateX(calc(${x}px - 50%))`
  }, [at, width])
  return (
    <span ref={label} class="replay-hover figures small" aria-hidden="true">
      {code(at)}
    </span>
  )
}

function placeWords(replay: Replay, at: number): string {
  const words = t('replay.place_of', { at: code(at), length: code(replay.opened.length_us) })
  const gap = gapAt(replay.opened.gaps.filter(isEmpty), at)
  return gap ? `${words} · ${t('replay.not_recorded')}: ${gapWords(gap.reason)}` : words
}

function useWidth(place: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    if (!place.current) return
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    observer.observe(place.current)
    return () => observer.disconnect()
  }, [])
  return width
}
