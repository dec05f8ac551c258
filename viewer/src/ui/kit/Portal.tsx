// Draws its children at the end of the body. Zag's own Portal for Preact 1.44 calls a React that is not there.
import type { ComponentChildren } from 'preact'
import { createPortal } from 'preact/compat'

export function Portal({ children }: { children: ComponentChildren }) {
  return createPortal(<>{children}</>, document.body)
}
