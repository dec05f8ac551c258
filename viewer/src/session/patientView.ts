// What a patient without an account sees by a link, and the one thing they can do with it. The link's key is the only right.
import { answer } from './http'
import type { AccessKind, AccessPurpose, ConsentUse, GrantData, Ground, Role } from './wire.gen'

export interface ShownGrant {
  key: string
  site: string
  name: string
  data: readonly GrantData[]
  at: number
  until: number
  revoked_at: number
}

/** `role` null: whoever runs the server's machine. */
export interface Looked {
  role: Role | null
  site: string
  kind: AccessKind
  purpose: AccessPurpose | null
  allowed: boolean
  ground: Ground | null
  at: number
}

/** `until`: of the link. `uses` null: there is no recording. */
export interface PatientView {
  now: number
  until: number
  uses: readonly ConsentUse[] | null
  grants: readonly ShownGrant[]
  looked: readonly Looked[]
}

export function seen(token: string): Promise<PatientView> {
  return by(token, 'GET', '/api/patient-view')
}

export function takeBack(token: string, key: string): Promise<PatientView> {
  return by(token, 'DELETE', `/api/patient-view/${key}`)
}

async function by(token: string, method: string, path: string): Promise<PatientView> {
  const headers = { Accept: 'application/json', Authorization: `Bearer ${token}` }
  return (await (await answer(path, { method, headers })).json()) as PatientView
}
