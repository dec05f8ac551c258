// One viewport with a picture in it: what the View says is shown, marks and pointers over it, and under it, never on it, what
// is shown and what is missing.
import { computed, effect, useComputed } from '@preact/signals'
import type { RefObject } from 'preact'
import { useContext, useEffect, useRef, useState } from 'preact/hooks'

import { listen } from '../../dicom/gestures'
import { markOf } from '../../dicom/drafting'
import type { Draft } from '../../dicom/drafting'
import type { News } from '../../dicom/news'
import { Pane } from '../../dicom/pane'
import type { Wanted } from '../../dicom/pane'
import { Source } from '../../dicom/source'
import { t } from '../../i18n'
import type { View } from '../../session/view'
import type { TrackId, ViewportState } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Strip } from '../kit/Strip'
import { Acting } from './acting'
import type { Hands } from './acting'
import { fading, panes, shots, without } from './hands'
import { LookerContext } from './looker'
import type { Looker } from './looker'
import { report } from './reporting'
import { StatusLine } from './StatusLine'
import { useMarks } from './useMarks'
import { WriteMark } from './WriteMark'
import './viewport.css'

const HINT_MS = 4_000
const NO_TRACK = 0 as TrackId

export function Viewport({ view, n, base }: { view: View; n: number; base: string }) {
  const [draft, setDraft] = useState<Draft | null>(null)
  const [asking, setAsking] = useState<Draft | null>(null)
  const [hint, setHint] = useState(0)
  const looker = useContext(LookerContext)
  const says = { refused: () => setHint(performance.now()), setDraft, setAsking }
  const { place, pane, news } = usePane(looker, n, base, says)
  useMarks(pane, view, n, news?.shot ?? null, draft ?? asking)
  return (
    <div class="viewport">
      <div
        ref={place}
        class="pane"
        tabIndex={0}
        role="application"
        aria-label={t('viewport.picture', { number: n + 1 })}
        {...(news ? marked(news) : {})}
      />
      {asking && <WriteMark done={(words) => written(looker, asking, words, setAsking)} />}
      <Trouble news={news} again={() => pane.current?.retry()} />
      <Hint view={view} since={hint} over={() => setHint(0)} />
      {news && <Line n={n} news={news} pane={pane} />}
    </div>
  )
}

/** Drawn with every change of the View, while the rest of the page is not. */
function Line({ n, news, pane }: { n: number; news: News; pane: RefObject<Pane | null> }) {
  const { sight } = useContext(LookerContext)
  const shown = useComputed(() => sight.value.viewports[n]).value
  return <StatusLine news={news} seen={(shown && pane.current?.seen()) ?? null} />
}

/** For system tests and for support: what is on the screen. */
function marked({ showing, shot, plain, behind, count }: News): Record<string, string | number | boolean | undefined> {
  return {
    'data-showing': showing,
    'data-instance': shot?.instance.instance,
    'data-frame': shot?.frame,
    'data-plain': plain,
    'data-behind': behind,
    'data-count': count,
  }
}

interface Says {
  /** Somebody else leads: the change was not taken. */
  refused: () => void
  setDraft: (draft: Draft | null) => void
  setAsking: (draft: Draft | null) => void
}

/** The pane in this element, as long as the viewport is there: told what is shown, telling how that goes. */
function usePane(looker: Looker, n: number, base: string, says: Says) {
  const place = useRef<HTMLDivElement>(null)
  const pane = useRef<Pane | null>(null)
  const [news, setNews] = useState<News | null>(null)
  useEffect(() => {
    if (!place.current) return
    const made = new Pane(place.current, new Source(base), () => looker.now(), setNews)
    const shown = computed(() => looker.sight.value.viewports[n])
    const hands: Hands = {
      change: (change) => void (looker.change(n, change) || says.refused()),
      point: (at) => looker.hand?.point(at && { track: NO_TRACK, viewport: n, ...at }),
      mark: (mark) => looker.hand?.mark(mark),
      drafted: says.setDraft,
      ask: says.setAsking,
      cine: () => shown.peek()?.cine ?? null,
    }
    const deaf = listen(place.current, new Acting(made, hands))
    pane.current = made
    panes.set(n, made)
    // Within the message that moves it, not when the page has been drawn again.
    const still = effect(() => made.want(wantedOf(shown.value)))
    return () => {
      still()
      deaf()
      made.close()
      panes.delete(n)
      pane.current = null
      looker.hand?.point(null)
      report(n, null)
      shots.value = without(n)
    }
  }, [looker, base, n])
  useEffect(() => report(n, news), [news])
  const shot = news?.shot ?? null
  useEffect(() => {
    if (shot) shots.value = new Map(shots.peek()).set(n, shot)
  }, [shot])
  return { place, pane, news }
}

function written(looker: Looker, draft: Draft, words: string, close: (draft: null) => void): void {
  const mark = markOf(draft, { key: crypto.randomUUID(), fades: fading.value, text: words })
  if (mark) looker.hand?.mark(mark)
  close(null)
}

function Trouble({ news, again }: { news: News | null; again: () => void }) {
  if (!news?.failure) return null
  return (
    <Strip tone="warn" words={t(`viewport.failure.${news.failure}`)}>
      <Button onPress={again}>{t('viewport.again')}</Button>
    </Strip>
  )
}

/** Said when somebody tries to move what another one leads; it goes by itself. */
function Hint({ view, since, over }: { view: View; since: number; over: () => void }) {
  useEffect(() => {
    if (!since) return
    const timer = setTimeout(over, HINT_MS)
    return () => clearTimeout(timer)
  }, [since])
  const { hand } = useContext(LookerContext)
  if (!since) return null
  if (!hand) return <Strip tone="info" words={t('viewport.led')} />
  const leader = view.state.participants.find((one) => one.participant === view.state.looking.lead.holder)
  return <Strip tone="info" words={t('viewport.following', { name: leader?.person.name ?? t('viewport.nobody') })} />
}

function wantedOf(shown: ViewportState | undefined): Wanted | null {
  const { image, area, voi, cine, cine_t } = shown ?? {}
  return image ? { image, area: area ?? null, voi: voi ?? null, cine: cine ?? null, cine_t: cine_t ?? 0 } : null
}
