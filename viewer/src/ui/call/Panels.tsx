// The tabs beside (on a phone: below) the stage.
import * as tabs from '@zag-js/tabs'
import { normalizeProps, useMachine } from '@zag-js/preact'
import { CircleDot } from 'lucide'
import { useId } from 'preact/hooks'

import { t } from '../../i18n'
import type { View } from '../../session/view'
import { Icon } from '../kit/Icon'
import { lazily } from '../kit/Lazy'
import { ChatPanel } from './ChatPanel'
import { newStudies, panel } from './panel'
import type { Panel } from './panel'
import { PeoplePanel } from './PeoplePanel'

const TABS = ['people', 'chat', 'pictures', 'opinion'] as const satisfies readonly Panel[]
const PicturesPanel = lazily(() => import('../pictures/PicturesPanel').then((part) => part.PicturesPanel))
const LivePaper = lazily(() => import('../opinion/LivePaper').then((part) => part.LivePaper))

export function Panels({ view }: { view: View }) {
  const service = useMachine(tabs.machine, {
    id: useId(),
    value: panel.value,
    onValueChange: ({ value }) => (panel.value = TABS.find((tab) => tab === value) ?? 'people'),
  })
  const api = tabs.connect(service, normalizeProps)
  return (
    <div {...api.getRootProps()} class="panels">
      <div {...api.getListProps()} class="tabs">
        {TABS.map((tab) => (
          <button key={tab} {...api.getTriggerProps({ value: tab })} class="tab" aria-description={news(tab)}>
            {t(`call.${tab}`)}
            {news(tab) && <NewMark />}
          </button>
        ))}
      </div>
      <div {...api.getContentProps({ value: 'people' })} class="panel">
        {panel.value === 'people' && <PeoplePanel view={view} />}
      </div>
      <div {...api.getContentProps({ value: 'chat' })} class="panel">
        {panel.value === 'chat' && <ChatPanel view={view} />}
      </div>
      <div {...api.getContentProps({ value: 'pictures' })} class="panel">
        {panel.value === 'pictures' && <PicturesPanel view={view} />}
      </div>
      <div {...api.getContentProps({ value: 'opinion' })} class="panel">
        {panel.value === 'opinion' && <LivePaper view={view} />}
      </div>
    </div>
  )
}

/** Pictures came while another tab was open. */
function news(tab: Panel): string | undefined {
  return tab === 'pictures' && newStudies.value > 0 ? t('call.new_pictures') : undefined
}

function NewMark() {
  return (
    <span class="tab-new">
      <Icon of={CircleDot} size={16} />
    </span>
  )
}
