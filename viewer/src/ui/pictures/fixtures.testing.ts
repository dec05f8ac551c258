// A consultation with pictures, for tests: Li Mei at the bedside called, Wang answered; Li Mei leads.
import { emptyView, joined } from '../../session/view'
import type { View } from '../../session/view'
import type { EventBody, JoinedReply, Patient, Person, Role } from '../../session/wire.gen'

const person = (name: string, role: Role, institution = 'village'): Person => ({
  account: name as Person['account'],
  name,
  role,
  site: institution,
  institution: institution as Person['institution'],
  department: '',
})
const patient: Patient = { name: 'Zhang San', sex: 'female', birth_year: 1951, identifier: 'QS-1' }
export const li = person('Li Mei', 'village_doctor')
const wang = person('Wang', 'specialist', 'hospital')
export const chen = person('Chen', 'specialist', 'hospital')
export const study = (differs: boolean, name = 'Zhang^San'): EventBody[] => [
  {
    ...{ type: 'study_shared', study: '1.2', source: 'folder', description: 'Abdomen', date: '20261125', differs },
    patient: { name, identifier: 'QS-1', birth_date: '19510102', sex: 'F' },
  } as EventBody,
  {
    ...{ type: 'series_shared', study: '1.2', series: '1.2.1', modality: 'CT' },
    ...{ description: 'Portal', number: 3, instances: 12 },
  } as EventBody,
]
export const call: EventBody[] = [
  { type: 'requested', requester: li, patient, reason: 'Pain?', urgency: 'routine', department: '' },
  { type: 'joined', participant: 1 as never, person: li },
  { type: 'answered', callee: wang },
  { type: 'joined', participant: 2 as never, person: wang },
  { type: 'lead_changed', holder: 1, epoch: 1, reason: 'began' },
]

export function viewOf(bodies: EventBody[], me = 1): View {
  const events = bodies.map((body, index) => ({ seq: index + 1, t: index, by: 1, body }))
  const reply = { participant: me, resume: 'r', t: 0, state: null, events, slots: [] } as unknown as JoinedReply
  return joined(emptyView('c' as View['consultation']), reply, performance.now())
}
