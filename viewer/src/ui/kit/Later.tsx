// A page that is loaded when it is first shown.
import type { ComponentChildren, ComponentType } from 'preact'

import { TopBar } from '../TopBar'
import { lazily } from './Lazy'

export function later(load: () => Promise<ComponentType>): ComponentType {
  return lazily(load, Empty)
}

function Empty({ children }: { children: ComponentChildren }) {
  return (
    <div class="page">
      <TopBar person />
      <main class="centred">{children}</main>
    </div>
  )
}
