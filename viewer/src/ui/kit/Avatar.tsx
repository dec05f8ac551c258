// A person without a picture: the first letters, never a stock face.

/** Two letters of a Latin name, the first sign of any other. */
export function initials(name: string): string {
  const parts = name
    .replace(/^(dr|prof)\.?\s+/i, '')
    .split(/\s+/)
    .filter(Boolean)
  const first = parts[0] ?? ''
  if (!/^[A-Za-z\u00c0-\u024f]/.test(first)) return [...first][0] ?? ''
  const last = parts.length > 1 ? (parts[parts.length - 1] ?? '') : ''
  return `${first[0] ?? ''}${last[0] ?? ''}`.toUpperCase()
}

export function Avatar({ name, size = 'normal' }: { name: string; size?: 'normal' | 'large' }) {
  return (
    <span class={`avatar ${size}`} aria-hidden="true">
      {initials(name)}
    </span>
  )
}
