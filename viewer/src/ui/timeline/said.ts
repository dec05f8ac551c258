// The timeline's entries in words; the exported file says the same with the same words.
import { t } from '../../i18n'
import type { Entry, Lane } from '../../session/timeline'

/** µs as `m:ss.mmm`, with hours where there are any. */
export function clock(us: number): string {
  const ms = Math.floor(us / 1000)
  const two = (n: number): string => String(n).padStart(2, '0')
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor(ms / 60_000) % 60
  const front = hours > 0 ? `${hours}:${two(minutes)}` : String(minutes)
  return `${front}:${two(Math.floor(ms / 1000) % 60)}.${String(ms % 1000).padStart(3, '0')}`
}

/** A lane's name: never a person's. */
export function who({ role, participant }: Lane): string {
  if (role === null) return t('timeline.server')
  const named = t(`timeline.role.${role}`)
  return participant === 0
    ? t('timeline.not_in', { role: named })
    : t('timeline.person', { number: participant, role: named })
}

export function ofWhat({ track, kind, purpose }: Entry): string {
  if (track === 0) return ''
  if (!kind || !purpose) return t('timeline.track_gone', { n: track })
  return t('timeline.track', { kind: t(`timeline.kind.${kind}`), purpose: t(`timeline.purpose.${purpose}`), n: track })
}

export function amount({ value, unit }: Entry): string {
  if (unit === 'none') return ''
  const way = ['', 'UDP', 'TCP'][value] ?? ''
  return t(`timeline.unit.${unit}`, { n: value, percent: value / 10, way })
}

export function why({ reason, text }: Entry): string {
  return [reason ? t(`timeline.reason.${reason}`) : '', text].filter(Boolean).join(' · ')
}

export function described(entry: Entry): string {
  return [clock(entry.t), t(`timeline.what.${entry.what}`), ofWhat(entry), amount(entry), why(entry)]
    .filter(Boolean)
    .join(' · ')
}
