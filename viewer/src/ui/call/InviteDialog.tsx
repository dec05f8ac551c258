// Who is on call and could come in; a press rings them. What becomes of it shows among the people.
import { UserPlus } from 'lucide'

import { invite } from '../../app/people'
import { t } from '../../i18n'
import { invitable, place } from '../../session/people'
import * as store from '../../session/store'
import type { View } from '../../session/view'
import type { OnCall } from '../../session/wire.gen'
import { Avatar } from '../kit/Avatar'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { dialog, panel } from './panel'

export function InviteDialog({ view }: { view: View }) {
  const people = invitable(view, store.lobby.value?.on_call ?? [])
  return (
    <Dialog title={t('invite.title')} onClose={() => (dialog.value = null)}>
      <p class="quiet">{people.length > 0 ? t('invite.help') : t('invite.nobody')}</p>
      <ul class="rows invite-list">
        {people.map((one) => (
          <Candidate key={one.person.account} candidate={one} />
        ))}
      </ul>
    </Dialog>
  )
}

function Candidate({ candidate: { person, busy } }: { candidate: OnCall }) {
  const press = (): void => {
    dialog.value = null
    panel.value = 'people'
    void invite(person.account)
  }
  return (
    <li>
      <Avatar name={person.name} />
      <p class="grow">
        <strong>{person.name}</strong>
        <span class="quiet small">{place(person)}</span>
        {busy && <span class="small amber-text">{t('invite.busy')}</span>}
      </p>
      <Button icon={UserPlus} label={`${t('invite.ask')}: ${person.name}`} onPress={press}>
        {t('invite.ask')}
      </Button>
    </li>
  )
}
