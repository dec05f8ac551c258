// The buttons there are: one primary action, danger, ok (answer), quiet ones, plain links.
import type { IconNode } from 'lucide'
import type { ComponentChildren } from 'preact'

import { Icon } from './Icon'

export interface ButtonProps {
  tone?: 'primary' | 'danger' | 'ok' | 'quiet' | 'plain'
  size?: 'normal' | 'large' | 'huge'
  icon?: IconNode
  busy?: boolean
  children?: ComponentChildren
  type?: 'button' | 'submit'
  autoFocus?: boolean
  describedBy?: string
  onPress?: () => void
  /** Where the words alone do not say what of. */
  label?: string
}

export function Button(props: ButtonProps) {
  const { tone = 'quiet', size = 'normal', icon, busy = false, type = 'button' } = props
  return (
    <button
      type={type}
      class={`button ${tone} ${size}`}
      aria-label={props.label}
      aria-busy={busy || undefined}
      aria-describedby={props.describedBy}
      autoFocus={props.autoFocus}
      onClick={props.onPress}
    >
      {icon && <Icon of={icon} size={size === 'huge' ? 28 : 20} />}
      <span>{props.children}</span>
    </button>
  )
}
