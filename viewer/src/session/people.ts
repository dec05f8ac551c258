// Who is whom in a consultation, and what follows from it for the controls. The server decides; this only keeps useless
// buttons away. Pure.
import type { View } from './view'
import type { AccountId, OnCall, Person, State } from './wire.gen'

/** One of the two whose consultation this is: who asked, and the specialist who took it. */
export function isPrincipal(state: State, me: Person | null): boolean {
  if (!me) return false
  if (state.requester?.account === me.account) return true
  return state.specialist ? state.specialist.account === me.account : me.role === 'specialist'
}

export function mayInvite(state: State, me: Person | null): boolean {
  return state.status === 'open' && (isPrincipal(state, me) || me?.role === 'specialist')
}

/** Who can be asked in: on call, and neither here nor being rung for this consultation already. */
export function invitable(view: View, onCall: readonly OnCall[]): OnCall[] {
  const { participants, invitations } = view.state
  const taken = new Set<AccountId>([
    ...participants.map((seat) => seat.person.account),
    ...invitations.map((one) => one.callee.account),
  ])
  return onCall.filter((one) => !taken.has(one.person.account))
}

/** Department and house: where somebody works. */
export function place(person: Person): string {
  return [person.department, person.site].filter(Boolean).join(' · ')
}
