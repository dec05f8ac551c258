// A button with a menu behind it (keyboard, focus and placement by Zag).
import * as menu from '@zag-js/menu'
import { normalizeProps, useMachine } from '@zag-js/preact'
import type { IconNode } from 'lucide'
import { useId } from 'preact/hooks'

import { Icon } from './Icon'
import { Portal } from './Portal'

export interface MenuItem {
  id: string
  words: string
  icon: IconNode
  act: () => void
}

export function Menu({ label, icon, items }: { label: string; icon: IconNode; items: readonly MenuItem[] }) {
  const service = useMachine(menu.machine, {
    id: useId(),
    'aria-label': label,
    positioning: { placement: 'top', gutter: 8 },
    onSelect: ({ value }) => items.find((item) => item.id === value)?.act(),
  })
  const api = menu.connect(service, normalizeProps)
  return (
    <>
      <button {...api.getTriggerProps()} class="control">
        <Icon of={icon} />
        <span>{label}</span>
      </button>
      <Portal>
        <div {...api.getPositionerProps()} class="menu-place">
          <ul {...api.getContentProps()} class="menu">
            {items.map((item) => (
              <li key={item.id} {...api.getItemProps({ value: item.id })}>
                <Icon of={item.icon} />
                <span>{item.words}</span>
              </li>
            ))}
          </ul>
        </div>
      </Portal>
    </>
  )
}
