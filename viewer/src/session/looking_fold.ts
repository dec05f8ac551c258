// The fold of looking together: the twin of signalling/looking_fold.py; tests/golden/fold_looking.json holds them
// together. Total: an event that names a study, a viewport, a mark or a request that is not there changes nothing.
import { FADES_US, FREEZES_KEPT, MARKS_KEPT } from './wire.gen'
import type {
  FreezeState,
  LogEvent,
  Looking,
  Mark,
  ParticipantId,
  SeriesShared,
  SharedStudy,
  StudyId,
  StudyShared,
  ViewChanged,
  ViewportState,
} from './wire.gen'

/** What of a View changes; null: stays as it is. */
export type ViewChange = Pick<ViewChanged, 'image' | 'area' | 'voi' | 'cine'>

export const EMPTY_VIEWPORT: ViewportState = { image: null, area: null, voi: null, cine: null, cine_t: 0 }

export const EMPTY_LOOKING: Looking = {
  studies: [],
  rows: 1,
  columns: 1,
  viewports: [EMPTY_VIEWPORT],
  lead: { holder: 0, epoch: 0, asking: [] },
  showing: [],
  marks: [],
  cue: null,
  requests: [],
  freezes: [],
}

export function foldLooking(s: Looking, event: LogEvent): Looking {
  const { body, t, by } = event
  switch (body.type) {
    case 'study_shared':
      return share(s, body, t, by)
    case 'series_shared':
      return { ...s, studies: s.studies.map((one) => (one.study === body.study ? withSeries(one, body) : one)) }
    case 'study_confirmed':
      return { ...s, studies: s.studies.map((one) => (one.study === body.study ? { ...one, confirmed: true } : one)) }
    case 'study_withdrawn':
      return withdraw(s, body.study)
    case 'layout_changed': {
      const { rows, columns } = body
      const viewports = Array.from({ length: rows * columns }, (_, n) => s.viewports[n] ?? EMPTY_VIEWPORT)
      return { ...s, rows, columns, viewports }
    }
    case 'view_changed':
      return changeView(s, body, t)
    default:
      return foldPeople(s, event)
  }
}

/** A participant left: what it asked for and what it saw are no longer news. Its marks stay. */
export function leaveLooking(s: Looking, participant: ParticipantId): Looking {
  return {
    ...s,
    lead: { ...s.lead, asking: s.lead.asking.filter((one) => one !== participant) },
    showing: s.showing.filter((one) => one.participant !== participant),
    requests: s.requests.filter((one) => one.participant !== participant),
  }
}

// ---- pictures -------------------------------------------------------------------------------------------------------

/** Shared again it keeps its place, its series and its answer. */
function share(s: Looking, body: StudyShared, t: number, by: number): Looking {
  const { study, source, patient, description, date, differs } = body
  const old = s.studies.find((one) => one.study === study)
  const kept = { confirmed: old?.confirmed ?? false, by: old?.by ?? by, t: old?.t ?? t, series: old?.series ?? [] }
  const shared: SharedStudy = { study, source, patient, description, date, differs, ...kept }
  return { ...s, studies: old ? s.studies.map((one) => (one === old ? shared : one)) : [...s.studies, shared] }
}

function withSeries(study: SharedStudy, body: SeriesShared): SharedStudy {
  const { series, modality, description, number, instances } = body
  const one = { series, modality, description, number, instances }
  const known = study.series.some((before) => before.series === series)
  const all = known ? study.series.map((before) => (before.series === series ? one : before)) : [...study.series, one]
  return { ...study, series: all }
}

/** Out of the folder, off the viewports, and its marks with it. */
function withdraw(s: Looking, study: StudyId): Looking {
  return {
    ...s,
    studies: s.studies.filter((one) => one.study !== study),
    viewports: s.viewports.map((one) => (one.image?.study === study ? EMPTY_VIEWPORT : one)),
    marks: s.marks.filter((one) => one.mark.picture?.study !== study),
  }
}

function changeView(s: Looking, body: ViewChanged, t: number): Looking {
  return { ...s, viewports: s.viewports.map((one, n) => (n === body.viewport ? changed(one, body, t) : one)) }
}

/** A viewport after a change at `t` (session µs): what is null stays; another series begins with its own defaults. */
export function changed(before: ViewportState, to: ViewChange, t: number): ViewportState {
  const other = to.image !== null && before.image?.series !== to.image.series
  const old = other ? EMPTY_VIEWPORT : before
  return {
    image: to.image ?? old.image,
    area: to.area ?? old.area,
    voi: to.voi ?? old.voi,
    cine: to.cine ?? old.cine,
    cine_t: to.cine ? t : old.cine_t,
  }
}

// ---- people, marks, the probe ---------------------------------------------------------------------------------------

function foldPeople(s: Looking, event: LogEvent): Looking {
  const { body, t } = event
  switch (body.type) {
    case 'lead_asked': {
      const { asking } = s.lead
      if (asking.includes(body.participant)) return s
      return { ...s, lead: { ...s.lead, asking: [...asking, body.participant] } }
    }
    case 'lead_changed': {
      const { holder, epoch } = body
      return { ...s, lead: { holder, epoch, asking: s.lead.asking.filter((one) => one !== holder) } }
    }
    case 'showing_changed': {
      const { participant, showing, behind } = body
      const others = s.showing.filter((one) => one.participant !== participant)
      return { ...s, showing: [...others, { participant, showing, behind }] }
    }
    case 'mark_added':
      return addMark(s, body.participant, body.mark, t)
    case 'mark_removed': {
      const its = (participant: ParticipantId, key: string): boolean =>
        participant === body.participant && key === body.key
      return { ...s, marks: s.marks.filter((one) => !its(one.participant, one.mark.key)) }
    }
    case 'cue_given':
      return { ...s, cue: { participant: body.participant, t, cue: body.cue } }
    default:
      return foldRequests(s, event)
  }
}

/** The same key again is the same mark. Whatever has faded goes on this occasion: the clock is the log's. */
function addMark(s: Looking, participant: ParticipantId, mark: Mark, t: number): Looking {
  const here = s.marks.filter((one) => !(one.mark.fades && t - one.t > FADES_US))
  if (here.some((one) => one.participant === participant && one.mark.key === mark.key)) return s
  return { ...s, marks: [...here, { participant, t, mark }].slice(-MARKS_KEPT) }
}

function foldRequests(s: Looking, event: LogEvent): Looking {
  const { body, t } = event
  switch (body.type) {
    case 'machine_asked': {
      const { participant, key, control } = body
      const others = s.requests.filter((one) => one.key !== key)
      return { ...s, requests: [...others, { participant, key, t, control }] }
    }
    case 'machine_answered':
      return { ...s, requests: s.requests.filter((one) => one.key !== body.key) }
    case 'freeze_asked': {
      const { participant, key, frame } = body
      const wanted: FreezeState = { participant, key, t, frame, picture: null, as_transmitted: false, fault: null }
      return { ...s, freezes: [...s.freezes.filter((one) => one.key !== key), wanted].slice(-FREEZES_KEPT) }
    }
    case 'frozen': {
      const { picture, frame, as_transmitted } = body
      const still = { picture, frame, as_transmitted }
      return { ...s, freezes: s.freezes.map((one) => (one.key === body.key ? { ...one, ...still } : one)) }
    }
    case 'freeze_failed':
      return { ...s, freezes: s.freezes.map((one) => (one.key === body.key ? { ...one, fault: body.fault } : one)) }
    default:
      return s
  }
}
