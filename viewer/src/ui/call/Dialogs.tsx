// The dialog that is open, if any.
import type { View } from '../../session/view'
import { DevicesDialog } from './DevicesDialog'
import { lazily } from '../kit/Lazy'
import { ElsewhereDialog } from './ElsewhereDialog'
import { FiguresDialog } from './FiguresDialog'
import { InviteDialog } from './InviteDialog'
import { KeysDialog } from './KeysDialog'
import { ProbeDialog } from './ProbeDialog'
import { dialog } from './panel'

const RecordingDialog = lazily(() => import('../recording/RecordingDialog').then((part) => part.RecordingDialog))

export function Dialogs({ view }: { view: View }) {
  switch (dialog.value) {
    case 'devices':
      return <DevicesDialog />
    case 'figures':
      return <FiguresDialog />
    case 'invite':
      return <InviteDialog view={view} />
    case 'elsewhere':
      return <ElsewhereDialog />
    case 'probe':
      return <ProbeDialog />
    case 'recording':
      return <RecordingDialog view={view} />
    case 'keys':
      return <KeysDialog />
    default:
      return null
  }
}
