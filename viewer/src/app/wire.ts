// The one link to the server. Who listens is decided in start.ts, so that nothing here knows the rest of the app.
import { Link } from '../session/link'
import type { LinkListener } from '../session/link'
import { browserWorld } from '../session/world'

const nothing = (): void => undefined
export const listener: LinkListener = {
  opened: nothing,
  closed: nothing,
  message: nothing,
  status: nothing,
  clock: nothing,
}

export const link = new Link(browserWorld, {
  opened: () => listener.opened(),
  closed: () => listener.closed(),
  message: (message) => listener.message(message),
  status: (status) => listener.status(status),
  clock: (zeroMs) => listener.clock(zeroMs),
})
