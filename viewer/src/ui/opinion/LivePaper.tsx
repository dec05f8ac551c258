// The paper beside the call: its events come with the others'.
import type { View } from '../../session/view'
import { liveCase } from './case'
import { Paper } from './Paper'

export function LivePaper({ view }: { view: View }) {
  const of = liveCase(view)
  return of && <Paper of={of} />
}
