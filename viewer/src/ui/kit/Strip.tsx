// One line that says what is wrong (or just is) and what to do: icon, words, at most one action, a code in small print.
import { CircleX, Info, TriangleAlert } from 'lucide'
import type { ComponentChildren } from 'preact'

import { t } from '../../i18n'
import { Icon } from './Icon'

const ICONS = { info: Info, warn: TriangleAlert, bad: CircleX }

interface StripProps {
  tone: 'info' | 'warn' | 'bad'
  words: string
  code?: string
  /** Not announced: its words change by the second, and were said once elsewhere. */
  quiet?: boolean
  children?: ComponentChildren
}

export function Strip({ tone, words, code, quiet, children }: StripProps) {
  return (
    <div class={`strip ${tone}`} role={quiet ? undefined : tone === 'bad' ? 'alert' : 'status'}>
      <Icon of={ICONS[tone]} />
      <p>
        {words} {code && <small class="code">{t('notice.code', { code })}</small>}
      </p>
      {children}
    </div>
  )
}
