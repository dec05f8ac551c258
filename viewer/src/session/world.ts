// The real world of link.ts: a WebSocket to the server the page came from, the browser's clock and dice.
import type { LinkWorld, Socket } from './link'

export const browserWorld: LinkWorld = {
  open(): Socket {
    const url = new URL('/wire', location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    return new WebSocket(url) as Socket
  },
  now: () => performance.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms)
    return () => clearTimeout(timer)
  },
  dice: () => Math.random(),
}
