// For whoever reviews blind the server names nobody: a person is a letter with a role. Here that is put in words.
import { language, t } from '../i18n'
import type { Person, Presence, Role, State } from '../session/wire.gen'
import type { Found } from './wire'

/** "Specialist B" */
export function roleWords(role: Role, letter: string): string {
  return `${t(`role.${role}`)} ${letter}`
}

/** The state as it is shown to them. The same state is the same again, so that nothing is drawn anew. */
export class Nameless {
  private from: State | null = null
  private made: State | null = null
  private words = ''

  of(state: State): State {
    if (this.made && this.from === state && this.words === language.peek()) return this.made
    this.from = state
    this.words = language.peek()
    this.made = byRole(state)
    return this.made
  }
}

function byRole(state: State): State {
  const { patient, requester, participants, departed } = state
  return {
    ...state,
    patient: patient && { ...patient, name: t('role.patient') },
    requester: requester && inWords(requester),
    participants: participants.map(seated),
    departed: departed.map(seated),
  }
}

const seated = (seat: Presence): Presence => ({ ...seat, person: inWords(seat.person) })
const inWords = (person: Person): Person => ({ ...person, name: roleWords(person.role, person.name), site: '' })

/** A line of the list: who asked, where, and who answered. */
export function peopleWords({ names, site, requester, specialist }: Found): string[] {
  if (names) return [site, requester, specialist]
  return [t('role.village_doctor'), specialist && t('role.specialist'), t('replay.list.blind')]
}
