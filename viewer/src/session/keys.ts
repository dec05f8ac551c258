// Which key does what in a consultation. Pure. Single letters, so WCAG 2.1.4 asks that they can be switched off: the
// help dialog does that, this browser remembers it.

export const KEYS = {
  m: 'microphone',
  v: 'camera',
  p: 'probe',
  s: 'share',
  c: 'chat',
  f: 'full_screen',
  '?': 'help',
} as const
export type KeyAction = (typeof KEYS)[keyof typeof KEYS]

export interface Press {
  key: string
  ctrlKey: boolean
  altKey: boolean
  metaKey: boolean
  repeat: boolean
  isComposing: boolean
  /** What has the focus: its tag and role in small letters, and whether text is written into it. */
  target: { tag: string; role: string; editable: boolean; inside: 'dialog' | 'menu' | '' }
}

const TYPING = ['input', 'textarea', 'select']
const OWN_KEYS = ['menu', 'menuitem', 'listbox', 'option', 'slider', 'tab']

/** What a press means; null = nothing of ours. */
export function actionOf(press: Press, on: boolean): KeyAction | null {
  const name = press.key.toLowerCase()
  if (!on || !plain(press) || takesKeys(press.target)) return null
  return Object.hasOwn(KEYS, name) ? KEYS[name as keyof typeof KEYS] : null
}

function plain(press: Press): boolean {
  return !(press.ctrlKey || press.altKey || press.metaKey || press.repeat || press.isComposing)
}

/** Where letters are written, or choose something of their own. */
function takesKeys({ tag, role, editable, inside }: Press['target']): boolean {
  return TYPING.includes(tag) || OWN_KEYS.includes(role) || editable || inside !== ''
}

/** The key of an action, for tooltips and `aria-keyshortcuts`. */
export function keyOf(action: KeyAction): string {
  const [key] = Object.entries(KEYS).find(([, does]) => does === action) ?? ['']
  return key.toUpperCase()
}
