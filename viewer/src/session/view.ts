// What I know of the consultation I am in: the folded state, which slot shows which track, quality and notices.
// Sans-IO: messages in, a new view out; `gap` says that something was missed and the link must resume.
import { fold, foldAll, EMPTY_STATE } from './fold'
import type {
  ConsultationId,
  JoinedReply,
  LogEvent,
  Mid,
  Notice,
  ParticipantId,
  Person,
  Presence,
  Quality,
  ServerMessage,
  SlotState,
  State,
  TrackId,
  TrackState,
} from './wire.gen'

export interface View {
  readonly consultation: ConsultationId
  /** 0 until joined. */
  readonly me: ParticipantId
  readonly resume: string
  readonly state: State
  readonly slots: ReadonlyMap<Mid, TrackId | null>
  readonly quality: ReadonlyMap<ParticipantId, Quality>
  readonly notices: ReadonlyMap<TrackId, Notice>
  /** performance.now() of the session clock's zero. */
  readonly zeroMs: number
}

export function emptyView(consultation: ConsultationId): View {
  return {
    consultation,
    me: 0 as ParticipantId,
    resume: '',
    state: EMPTY_STATE,
    slots: new Map(),
    quality: new Map(),
    notices: new Map(),
    zeroMs: 0,
  }
}

/** After `joined`: a whole state, or the events that were missed. */
export function joined(view: View, reply: JoinedReply, nowMs: number): View {
  const start = reply.state ?? view.state
  return {
    ...view,
    me: reply.participant,
    resume: reply.resume,
    state: foldAll(newer(start, reply.events), start),
    slots: slotMap(reply.slots),
    zeroMs: nowMs - reply.t / 1000,
  }
}

/** Messages that change the view; any other message leaves it as it is. */
export function apply(view: View, message: ServerMessage): { view: View; gap: boolean; fresh: readonly LogEvent[] } {
  const same = { gap: false, fresh: [] }
  switch (message.type) {
    case 'events':
      return applyEvents(view, message.events)
    case 'slot_changed':
      return { ...same, view: { ...view, slots: new Map(view.slots).set(message.mid, message.track) } }
    case 'quality':
      return { ...same, view: { ...view, quality: new Map(view.quality).set(message.participant, message) } }
    case 'track_notice':
      return { ...same, view: { ...view, notices: new Map(view.notices).set(message.track, message.notice) } }
    default:
      return { ...same, view }
  }
}

export function slotMap(slots: readonly SlotState[]): ReadonlyMap<Mid, TrackId | null> {
  return new Map(slots.map((slot) => [slot.mid, slot.track]))
}

function applyEvents(view: View, events: readonly LogEvent[]): { view: View; gap: boolean; fresh: LogEvent[] } {
  let state = view.state
  const fresh: LogEvent[] = []
  for (const event of newer(state, events)) {
    if (event.seq !== state.seq + 1) return { view: { ...view, state }, gap: true, fresh }
    state = fold(state, event)
    fresh.push(event)
  }
  return { view: { ...view, state }, gap: false, fresh }
}

function newer(state: State, events: readonly LogEvent[]): readonly LogEvent[] {
  return events.filter((event) => event.seq > state.seq)
}

// ---- questions to a view --------------------------------------------------------------------------------------------

/** A track that one of my slots shows, with whose it is. */
export interface Shown {
  mid: Mid
  track: TrackState
  owner: Presence
}

export function shown(view: View): Shown[] {
  const found: Shown[] = []
  for (const [mid, id] of view.slots) {
    const track = id === null ? undefined : view.state.tracks.find((candidate) => candidate.track === id)
    const owner = track && view.state.participants.find((p) => p.participant === track.participant)
    if (track && owner) found.push({ mid, track, owner })
  }
  return found
}

/** Pictures of mine besides my face, as the log has them: the page shows them from the device itself, no slot does.
 * What an encoder of mine publishes (`whip.N`) is not on this machine. */
export function ofMine(view: View): Shown[] {
  const owner = view.state.participants.find((p) => p.participant === view.me)
  if (!owner) return []
  return view.state.tracks
    .filter((track) => track.participant === view.me && track.kind === 'video' && !track.mid.startsWith('whip.'))
    .filter((track) => track.purpose === 'probe' || track.purpose === 'screen')
    .map((track) => ({ mid: '', track, owner }))
}

export function others(view: View): Presence[] {
  return view.state.participants.filter((p) => p.participant !== view.me)
}

/** Whoever wrote a line, also after leaving. */
export function personOf(state: State, participant: ParticipantId): Person | null {
  const everyone = [...state.participants, ...state.departed]
  return everyone.find((p) => p.participant === participant)?.person ?? null
}
