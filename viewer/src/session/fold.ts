// The fold: state from events. The twin of signalling/fold.py; tests/golden/fold*.json holds them together.
// It never refuses: an event that names somebody or something that is not there changes only `seq`.
import { EMPTY_LOOKING, foldLooking, leaveLooking } from './looking_fold'
import { EMPTY_RECORDING, foldRecording } from './recording_fold'
import { CHAT_KEPT, GRANTS_KEPT } from './wire.gen'
import type {
  AccountId,
  ChatSaid,
  Granted,
  GrantState,
  Invitation,
  LogEvent,
  OpinionAcknowledged,
  OpinionSigned,
  ParticipantId,
  Person,
  Presence,
  SignedOpinion,
  State,
  TrackAdded,
} from './wire.gen'

export const EMPTY_STATE: State = {
  seq: 0,
  status: 'requested',
  requester: null,
  patient: null,
  reason: '',
  urgency: 'routine',
  department: '',
  ring: null,
  specialist: null,
  refused: [],
  invitations: [],
  invited: [],
  opened_t: -1,
  closed_t: -1,
  close_reason: null,
  close_text: '',
  participants: [],
  departed: [],
  tracks: [],
  chat: [],
  opinions: [],
  grants: [],
  looking: EMPTY_LOOKING,
  recording: EMPTY_RECORDING,
  next_participant: 1,
  next_track: 1,
}

/** The state after `event`. Total. */
export function fold(state: State, event: LogEvent): State {
  return { ...apply(state, event), seq: event.seq }
}

export function foldAll(events: Iterable<LogEvent>, state: State = EMPTY_STATE): State {
  let result = state
  for (const event of events) result = fold(result, event)
  return result
}

function apply(s: State, event: LogEvent): State {
  const { body, t } = event
  switch (body.type) {
    case 'requested': {
      const { requester, patient, reason, urgency, department } = body
      return { ...s, requester, patient, reason, urgency, department }
    }
    case 'rang': {
      const { callee, timeout_ms, following } = body
      return { ...s, status: 'ringing', ring: { callee, started_t: t, timeout_ms, following } }
    }
    case 'following_changed':
      return { ...s, ring: s.ring && { ...s.ring, following: body.following } }
    case 'ring_ended':
      return endRing(s, body.callee)
    case 'answered':
      return { ...s, status: 'open', ring: null, specialist: body.callee, opened_t: t }
    case 'opened':
      return { ...s, status: 'open', ring: null, opened_t: t }
    case 'closing':
      return {
        ...s,
        status: 'closing',
        ring: null,
        invitations: [],
        close_reason: body.reason,
        close_text: body.text,
      }
    case 'closed':
      return { ...s, status: 'closed', ring: null, closed_t: t, close_reason: body.reason }
    default:
      return applyPeople(s, event)
  }
}

/** Whoever was rung in vain is listed once; only the callee's own ring ends. */
function endRing(s: State, callee: AccountId): State {
  const ring = s.ring?.callee.account === callee ? null : s.ring
  return { ...s, ring, refused: s.refused.includes(callee) ? s.refused : [...s.refused, callee] }
}

function applyPeople(s: State, event: LogEvent): State {
  const { body, t } = event
  switch (body.type) {
    case 'joined':
      return join(s, body.participant, body.person, t)
    case 'returned':
      return withSeat(s, body.participant, { connected: true })
    case 'disconnected':
      return withSeat(s, body.participant, { connected: false })
    case 'media_changed':
      return withSeat(s, body.participant, { microphone: body.microphone, camera: body.camera })
    case 'left':
      return leave(s, body.participant, t)
    case 'track_added':
      return seated(s, body.participant) ? addTrack(s, body) : s
    case 'chat_said':
      return seated(s, body.participant) ? addLine(s, event, body) : s
    case 'track_removed':
      return { ...s, tracks: s.tracks.filter((track) => track.track !== body.track) }
    default:
      return applyPaper(s, event)
  }
}

/** Invitations, opinions, grants. */
function applyPaper(s: State, event: LogEvent): State {
  const { body, t, by } = event
  switch (body.type) {
    case 'invited': {
      const { callee, timeout_ms } = body
      return { ...s, invitations: [...without(s, callee.account), { callee, by, started_t: t, timeout_ms }] }
    }
    case 'invitation_accepted': {
      const invited = s.invited.includes(body.callee) ? s.invited : [...s.invited, body.callee]
      return { ...s, invitations: without(s, body.callee), invited }
    }
    case 'invitation_ended':
      return { ...s, invitations: without(s, body.callee) }
    case 'opinion_signed':
      return { ...s, opinions: [...s.opinions, signed(body, t)] }
    case 'opinion_acknowledged':
      return { ...s, opinions: s.opinions.map((one) => acknowledge(one, body)) }
    case 'granted':
      return { ...s, grants: grant(s.grants, body, t) }
    case 'grant_revoked':
      return { ...s, grants: s.grants.map((one) => takeBack(one, body.key, body.at)) }
    default:
      return { ...s, looking: foldLooking(s.looking, event), recording: foldRecording(s.recording, event) }
  }
}

function without(s: State, callee: AccountId): Invitation[] {
  return s.invitations.filter((one) => one.callee.account !== callee)
}

function signed(body: OpinionSigned, t: number): SignedOpinion {
  const { number, amends, opinion, signer, at, key, signature } = body
  return { number, amends, opinion, signer, t, at, key, signature, acknowledged: [] }
}

/** It counts once for each person. */
function acknowledge(one: SignedOpinion, { number, person, at }: OpinionAcknowledged): SignedOpinion {
  const known = one.acknowledged.some((before) => before.person.account === person.account)
  return one.number !== number || known ? one : { ...one, acknowledged: [...one.acknowledged, { person, at }] }
}

/** A key counts once, also where it was taken back. Of too many, one that was taken back goes first. */
function grant(grants: readonly GrantState[], body: Granted, t: number): readonly GrantState[] {
  if (grants.some((one) => one.grant.key === body.grant.key)) return grants
  const given = [...grants, { grant: body.grant, giver: body.giver, t, at: body.at, revoked_at: 0 }]
  if (given.length <= GRANTS_KEPT) return given
  const gone = Math.max(
    0,
    given.findIndex((one) => one.revoked_at > 0),
  )
  return given.filter((_, index) => index !== gone)
}

function takeBack(one: GrantState, key: string, at: number): GrantState {
  return one.grant.key === key && one.revoked_at === 0 ? { ...one, revoked_at: at } : one
}

function seated(s: State, participant: ParticipantId): boolean {
  return s.participants.some((p) => p.participant === participant)
}

function withSeat(s: State, participant: ParticipantId, changes: Partial<Presence>): State {
  return {
    ...s,
    participants: s.participants.map((p) => (p.participant === participant ? { ...p, ...changes } : p)),
  }
}

/** A seat at the end of the list; who had left and comes again is no longer among the departed. */
function join(s: State, participant: ParticipantId, person: Person, t: number): State {
  const others = (p: Presence): boolean => p.participant !== participant
  const seat: Presence = {
    participant,
    person,
    connected: true,
    microphone: false,
    camera: false,
    joined_t: t,
    left_t: -1,
  }
  return {
    ...s,
    participants: [...s.participants.filter(others), seat],
    departed: s.departed.filter(others),
    next_participant: Math.max(s.next_participant, participant + 1),
  }
}

function leave(s: State, participant: ParticipantId, t: number): State {
  const gone = s.participants
    .filter((p) => p.participant === participant)
    .map((p) => ({ ...p, connected: false, microphone: false, camera: false, left_t: t }))
  return {
    ...s,
    participants: s.participants.filter((p) => p.participant !== participant),
    departed: [...s.departed, ...gone],
    tracks: s.tracks.filter((track) => track.participant !== participant),
    looking: leaveLooking(s.looking, participant),
  }
}

function addTrack(s: State, body: TrackAdded): State {
  const { track, participant, kind, purpose, mid } = body
  return {
    ...s,
    tracks: [...s.tracks, { track, participant, kind, purpose, mid }],
    next_track: Math.max(s.next_track, track + 1),
  }
}

function addLine(s: State, event: LogEvent, body: ChatSaid): State {
  const { participant, key, text, attachment } = body
  const line = { seq: event.seq, t: event.t, participant, key, text, attachment }
  return { ...s, chat: [...s.chat, line].slice(-CHAT_KEPT) }
}
