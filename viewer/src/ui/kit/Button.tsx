// The buttons there are: one primary action, danger, ok (answer), quiet ones, plain links.
import type { IconNode } from 'lucide'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

import { Icon } from './Icon'

export interface ButtonProps {
  tone?: 'primary' | 'danger' | 'ok' | 'quiet' | 'plain'
  size?: 'normal' | 'large' | 'huge'
  icon?: IconNode
  busy?: boolean
  children?: ComponentChildren
  type?: 'button' | 'submit'
  /** Has the focus when it appears; the page does not scroll for it. */
  autoFocus?: boolean
  describedBy?: string
  onPress?: () => void
  /** Where the words alone do not say what of. */
  label?: string
}

export function Button(props: ButtonProps) {
  const { tone = 'quiet', size = 'normal', icon, busy = false, type = 'button' } = props
  const element = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (props.autoFocus) element.current?.focus({ preventScroll: true })
  }, [])
  return (
    <button
      ref={element}
      type={type}
      class={`button ${tone} ${size}`}
      aria-label={props.label}
      aria-busy={busy || undefined}
      aria-describedby={props.describedBy}
      onClick={props.onPress}
    >
      {icon && <Icon of={icon} size={size === 'huge' ? 28 : 20} />}
      {props.children !== undefined && <span>{props.children}</span>}
    </button>
  )
}
