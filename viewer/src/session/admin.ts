// What an administrator asks and changes, over HTTP. Every refusal is an HttpFailed whose `detail` says what is in the way.
import { ask } from './http'
import type { AccountId, ConsultationId, InstitutionId, Person, Role, Status, Transport, Urgency } from './wire.gen'
import * as store from './store'

export interface Department {
  id: string
  name: string
  accounts: number
}

export interface Institution {
  id: InstitutionId
  name: string
  accounts: number
  departments: readonly Department[]
}

export interface AccountRow {
  id: AccountId
  user: string
  name: string
  role: Role
  institution: InstitutionId
  site: string
  department: string
  disabled: boolean
  /** Unix ms */
  created_at: number
}

export interface AccountPage {
  accounts: readonly AccountRow[]
  total: number
}

/** `password`: one that was made, told this once. */
export interface Made {
  account: AccountRow
  password: string | null
}

export interface AccountForm {
  name: string
  role: Role
  institution: InstitutionId
  department: string | null
}

export interface NewAccountForm extends AccountForm {
  user: string
  password: string | null
}

/** Unix ms */
export interface Times {
  starts_ms: number
  ends_ms: number
}

export interface Shift extends Times {
  id: string
  person: Person
}

export interface Attending {
  participant: number
  role: Role
  site: string
  connected: boolean
  joined_at: number
  way: Transport
  /** ms, -1 = not measured */
  rtt_ms: number
  /** 1/1000, -1 = not measured */
  up_loss: number
  down_loss: number
  up_kbps: number
  down_kbps: number
}

export interface Running {
  consultation: ConsultationId
  status: Status
  site: string
  department: string
  urgency: Urgency
  requested_at: number
  opened_at: number
  rung: string
  demo: boolean
  participants: readonly Attending[]
}

export interface Check {
  name: string
  level: 'ok' | 'warn' | 'bad'
  values: Record<string, string | number>
}

const LISTED_MOST = 200

const get = async <T>(path: string): Promise<T> => (await ask('GET', `/api/admin/${path}`)) as T
const change = async <T>(method: string, path: string, body?: object): Promise<T> =>
  (await ask(method, `/api/admin/${path}`, body, store.csrf.value)) as T

export const institutions = (): Promise<Institution[]> => get('institutions')
export const addInstitution = (name: string): Promise<Institution> => change('POST', 'institutions', { name })
export const renameInstitution = (id: string, name: string): Promise<void> =>
  change('PATCH', `institutions/${id}`, { name })
export const addDepartment = (institution: string, name: string): Promise<Department> =>
  change('POST', `institutions/${institution}/departments`, { name })
export const renameDepartment = (id: string, name: string): Promise<void> =>
  change('PATCH', `departments/${id}`, { name })
export const removeDepartment = (id: string): Promise<void> => change('DELETE', `departments/${id}`)

export const accounts = (search: string, offset: number, limit: number): Promise<AccountPage> =>
  get(`accounts?${new URLSearchParams({ search, offset: String(offset), limit: String(limit) })}`)
export const addAccount = (form: NewAccountForm): Promise<Made> => change('POST', 'accounts', form)
export const changeAccount = (id: string, form: AccountForm): Promise<AccountRow> =>
  change('PATCH', `accounts/${id}`, form)
export const setDisabled = (id: string, disabled: boolean): Promise<void> =>
  change('PUT', `accounts/${id}/disabled`, { disabled })
export const newPassword = (id: string, password: string | null): Promise<Made> =>
  change('POST', `accounts/${id}/password`, { password })

/** All who may be on duty. */
export async function specialists(): Promise<AccountRow[]> {
  const found: AccountRow[] = []
  for (;;) {
    const query = new URLSearchParams({ role: 'specialist', offset: String(found.length), limit: String(LISTED_MOST) })
    const { accounts: more, total } = await get<AccountPage>(`accounts?${query}`)
    found.push(...more)
    if (more.length === 0 || found.length >= total) return found.filter((account) => !account.disabled)
  }
}

export const shifts = (from: number, until: number): Promise<Shift[]> => get(`shifts?from=${from}&until=${until}`)
export const addShifts = (account: string, times: readonly Times[]): Promise<Shift[]> =>
  change('POST', 'shifts', { account, times })
export const removeShift = (id: string): Promise<void> => change('DELETE', `shifts/${id}`)

export const running = (): Promise<Running[]> => get('consultations')
export const endConsultation = (id: string, text: string): Promise<void> =>
  change('POST', `consultations/${id}/end`, { text })
export const health = (): Promise<Check[]> => get('health')
