// What lies over a viewport's picture: the marks on this very instance and frame, what is being drawn, everybody's pointer.
import type { RefObject } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'

import { wirePoints } from '../../dicom/drafting'
import type { Draft } from '../../dicom/drafting'
import { measured } from '../../dicom/measure'
import type { Pane } from '../../dicom/pane'
import type { Shot } from '../../dicom/provider'
import { colourOf } from '../../marks/colours'
import { alphaOf } from '../../marks/draw'
import type { DrawnMark, DrawnPointer } from '../../marks/draw'
import { personOf } from '../../session/view'
import type { View } from '../../session/view'
import { FADES_US } from '../../session/wire.gen'
import type { MarkState, ParticipantId } from '../../session/wire.gen'
import type { Pointing } from '../../session/pointing'
import { LookerContext } from './looker'
import { markWords } from './said'

const FADE_STEP_MS = 100

export function useMarks(
  pane: RefObject<Pane | null>,
  view: View,
  n: number,
  shot: Shot | null,
  draft: Draft | null,
): void {
  const [turn, again] = useState(0)
  const looker = useContext(LookerContext)
  const now = looker.now()
  const here = shot ? view.state.looking.marks.filter((one) => isOn(one, shot)) : []
  const fading = here.some(({ mark, t }) => mark.fades && now - t <= FADES_US)
  const pointing = looker.pointing.value
  useEffect(() => {
    const marks = here.map((one) => drawn(one, now)).filter((one) => one.alpha > 0)
    if (draft) marks.push(drawnDraft(draft, view.me))
    pane.current?.draw(marks, pointersIn(pointing, view, n))
  }, [view.state.looking.marks, shot, draft, pointing, turn, n])
  useEffect(() => {
    if (!fading) return
    const timer = setInterval(() => again((last) => last + 1), FADE_STEP_MS)
    return () => clearInterval(timer)
  }, [fading])
}

function isOn({ mark: { picture } }: MarkState, { instance, frame }: Shot): boolean {
  return picture?.instance === instance.instance && picture.frame === frame
}

function drawn({ mark, participant, t }: MarkState, now: number): DrawnMark {
  const alpha = alphaOf(mark.fades, now - t, FADES_US)
  return { mark, colour: colourOf(participant), words: markWords(mark), alpha }
}

function drawnDraft({ shape, points, shot }: Draft, me: number): DrawnMark {
  const measure = measured(shape, points, shot.instance)
  const mark = { shape, points: wirePoints(points) }
  return { mark, colour: colourOf(me), words: markWords({ text: '', measure }), alpha: 1 }
}

function pointersIn(pointing: ReadonlyMap<ParticipantId, Pointing>, view: View, n: number): DrawnPointer[] {
  return [...pointing].flatMap(([who, { track, viewport, x, y }]) => {
    if (track !== 0 || viewport !== n) return []
    return [{ at: { x, y }, colour: colourOf(who), name: personOf(view.state, who)?.name ?? '' }]
  })
}
