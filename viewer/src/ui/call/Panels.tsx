// The tabs beside (on a phone: below) the stage.
import * as tabs from '@zag-js/tabs'
import { normalizeProps, useMachine } from '@zag-js/preact'
import { useId } from 'preact/hooks'

import { t } from '../../i18n'
import type { View } from '../../session/view'
import { ChatPanel } from './ChatPanel'
import { panel } from './panel'
import { PeoplePanel } from './PeoplePanel'

const TABS = ['people', 'chat'] as const

export function Panels({ view }: { view: View }) {
  const service = useMachine(tabs.machine, {
    id: useId(),
    value: panel.value,
    onValueChange: ({ value }) => (panel.value = value === 'chat' ? 'chat' : 'people'),
  })
  const api = tabs.connect(service, normalizeProps)
  return (
    <div {...api.getRootProps()} class="panels">
      <div {...api.getListProps()} class="tabs">
        {TABS.map((tab) => (
          <button key={tab} {...api.getTriggerProps({ value: tab })} class="tab">
            {t(`call.${tab}`)}
          </button>
        ))}
      </div>
      <div {...api.getContentProps({ value: 'people' })} class="panel">
        {panel.value === 'people' && <PeoplePanel view={view} />}
      </div>
      <div {...api.getContentProps({ value: 'chat' })} class="panel">
        {panel.value === 'chat' && <ChatPanel view={view} />}
      </div>
    </div>
  )
}
