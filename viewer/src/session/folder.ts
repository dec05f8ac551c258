// Questions to looking together: what may be shown, who leads, who may do what. The server decides; this keeps useless
// buttons away and says on the page what the server would say. Pure.
import type { View } from './view'
import type {
  Looking,
  ParticipantId,
  Person,
  Presence,
  SharedSeries,
  SharedStudy,
  ShowingState,
  State,
} from './wire.gen'

/** Nobody is shown pictures that name another patient before somebody has answered. */
export function mayBeShown(study: SharedStudy): boolean {
  return study.confirmed || !study.differs
}

export function unanswered(looking: Looking): SharedStudy[] {
  return looking.studies.filter((study) => !mayBeShown(study))
}

/** On the patient's side: who asked, operators, and everybody of that institution but specialists. */
export function isBedside(state: State, person: Person): boolean {
  if (person.role === 'operator' || state.requester?.account === person.account) return true
  return state.requester?.institution === person.institution && person.role !== 'specialist'
}

function seatOf(view: View, participant: number): Presence | undefined {
  return view.state.participants.find((seat) => seat.participant === participant)
}

export function me(view: View): Person | null {
  return seatOf(view, view.me)?.person ?? null
}

export interface LeadRights {
  readonly leader: Presence | null
  readonly leading: boolean
  readonly bedside: boolean
  /** I asked, and nobody has answered. */
  readonly asked: boolean
  readonly mayAsk: boolean
  readonly mayTake: boolean
  readonly mayReturn: boolean
  /** Whom I may let lead. */
  readonly grantable: readonly Presence[]
  readonly asking: readonly Presence[]
}

const LEADING_ROLES: readonly Person['role'][] = ['village_doctor', 'operator', 'specialist']

export function leadRights(view: View): LeadRights {
  const { lead } = view.state.looking
  const leading = lead.holder === view.me && view.me !== 0
  const { bedside, leads } = mine(view)
  const asked = lead.asking.includes(view.me)
  const others = bedside ? mayLeadNext(view) : []
  return {
    leader: seatOf(view, lead.holder) ?? null,
    leading,
    bedside,
    asked,
    ...ways(leads && !leading, bedside || lead.holder === 0, asked),
    mayReturn: leading && !bedside,
    grantable: others.filter((seat) => seat.participant !== view.me),
    asking: others.filter((seat) => lead.asking.includes(seat.participant)),
  }
}

/** Where nobody leads, anybody who may lead takes it. */
function ways(may: boolean, takes: boolean, asked: boolean): Pick<LeadRights, 'mayAsk' | 'mayTake'> {
  return { mayAsk: may && !takes && !asked, mayTake: may && takes }
}

function mine(view: View): { bedside: boolean; leads: boolean } {
  const person = me(view)
  if (!person) return { bedside: false, leads: false }
  return { bedside: isBedside(view.state, person), leads: LEADING_ROLES.includes(person.role) }
}

function mayLeadNext(view: View): Presence[] {
  const { holder } = view.state.looking.lead
  return view.state.participants.filter(
    (seat) => seat.connected && seat.participant !== holder && LEADING_ROLES.includes(seat.person.role),
  )
}

/** Who answers the question about the patient without being asked to: who brought the pictures, and who called. */
export function answersFor(view: View, study: SharedStudy): boolean {
  return study.by === view.me || mayWithdrawAny(view)
}

export function mayWithdraw(view: View, study: SharedStudy): boolean {
  return (study.by !== 0 && study.by === view.me) || mayWithdrawAny(view)
}

export function mayConfirm(view: View): boolean {
  const person = me(view)
  return person !== null && (person.role === 'specialist' || isBedside(view.state, person))
}

function mayWithdrawAny(view: View): boolean {
  const person = me(view)
  return person !== null && view.state.requester?.account === person.account
}

/** What the others see of what I lead, in the order in which they came. Who has said nothing yet loads. */
export function audience(view: View): { seat: Presence; showing: ShowingState }[] {
  const { lead, showing } = view.state.looking
  return view.state.participants
    .filter((seat) => seat.participant !== lead.holder && seat.connected && seat.person.role !== 'patient')
    .map((seat) => ({
      seat,
      showing: showing.find((one) => one.participant === seat.participant) ?? notYet(seat.participant),
    }))
}

function notYet(participant: ParticipantId): ShowingState {
  return { participant, showing: 'loading', behind: 0 }
}

/** `presentation`: how pictures of another series are to be seen; it opens those. */
export type SeriesKind = 'picture' | 'presentation' | 'ecg' | 'document' | 'report'

const KINDS: Record<string, SeriesKind> = {
  PR: 'presentation',
  ECG: 'ecg',
  HD: 'ecg',
  DOC: 'document',
  SR: 'report',
  KO: 'report',
}

/** Which viewer a series needs, by its modality (PS3.3 C.7.3.1.1.1). */
export function kindOf(modality: string): SeriesKind {
  return KINDS[modality] ?? 'picture'
}

export function seriesOf(
  looking: Looking,
  series: string | undefined,
): { study: SharedStudy; series: SharedSeries } | null {
  for (const study of looking.studies) {
    const found = study.series.find((one) => one.series === series)
    if (found) return { study, series: found }
  }
  return null
}
