// A modal dialog (focus trap, Esc, labelling by Zag). Open while mounted; `onClose` unmounts it.
import * as dialog from '@zag-js/dialog'
import { normalizeProps, useMachine } from '@zag-js/preact'
import { X } from 'lucide'
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

import { t } from '../../i18n'
import { Icon } from './Icon'
import { Portal } from './Portal'

interface DialogProps {
  title: string
  onClose: () => void
  children: ComponentChildren
  /** As large as the screen allows: for a picture. */
  wide?: boolean
}

export function Dialog({ title, onClose, children, wide = false }: DialogProps) {
  const service = useMachine(dialog.machine, {
    id: useId(),
    open: true,
    initialFocusEl: () => document.querySelector<HTMLElement>('.dialog [data-first], .dialog select') ?? null,
    onOpenChange: ({ open }) => {
      if (!open) onClose()
    },
  })
  const api = dialog.connect(service, normalizeProps)
  return (
    <Portal>
      <div {...api.getBackdropProps()} class="backdrop" />
      <div {...api.getPositionerProps()} class="dialog-place">
        <div {...api.getContentProps()} class={wide ? 'dialog wide' : 'dialog'}>
          <header>
            <h2 {...api.getTitleProps()}>{title}</h2>
            <button {...api.getCloseTriggerProps()} class="button plain only-icon" aria-label={t('call.close')}>
              <Icon of={X} />
            </button>
          </header>
          {children}
        </div>
      </div>
    </Portal>
  )
}
