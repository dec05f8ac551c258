// What the tests of looking together say: short words for pictures, hands and what was sent.
import { decodeFast, encodeFast } from './fast'
import type { FastBody, FastHeader } from './fast'
import type { Change, Shown } from './looking'
import { World } from './looking.testing'
import type { Line, Page } from './looking.testing'
import type { RestOut } from './sending'
import type { Area, Picture, Voi } from './wire.gen'

export const AT_ONCE: Line = { delay: () => 0, lost: () => false }

export const image = (series: string, n: number, frame = 1): Picture =>
  ({ study: '1.1', series: `1.1.${series}`, instance: `1.1.${series}.${n}`, frame }) as Picture
export const area = (x: number): Area => ({
  centre_x: x,
  centre_y: 50_000_000,
  width: 20_000_000,
  height: 15_000_000,
  unit: 'mm',
  rotation: 0,
  flip_horizontal: false,
  flip_vertical: false,
})
export const voi = (centre: number): Voi => ({
  centre,
  width: 400_000,
  function: 'linear',
  invert: false,
  colour_map: 'grey',
})

/** Participant 1 leads, 2 follows; one viewport shows series 1. */
export function two(line = AT_ONCE): { world: World; leader: Page; follower: Page } {
  const world = new World()
  const leader = world.arrive(1, line)
  const follower = world.arrive(2, line)
  lead(world, 1, 1)
  world.write(
    {
      type: 'view_changed',
      epoch: 1,
      viewport: 0,
      image: image('1', 1),
      area: null,
      voi: voi(0),
      cine: null,
      counter: 0,
    },
    1,
  )
  world.clock.pass(1_000)
  return { world, leader, follower }
}

export function lead(world: World, holder: number, epoch: number): void {
  world.write({ type: 'lead_changed', holder, epoch, reason: epoch === 1 ? 'began' : 'granted' })
}

export function hand(page: Page, change: Change, viewport = 0): void {
  page.do((together, nowMs) => {
    together.change(viewport, change, Math.round(nowMs * 1000), nowMs)
  })
}

export function shows(page: Page, viewport = 0): Shown {
  const shown = page.together.sight().viewports[viewport]
  if (!shown) throw new Error('no such viewport')
  return shown
}

/** Every fast message that was sent, and when. */
export function fastSent(world: World): { header: FastHeader; body: FastBody; atMs: number }[] {
  return world.sent.flatMap(({ out, atMs }) => {
    const message = out.kind === 'fast' ? decodeFast(out.bytes) : null
    return message ? [{ ...message, atMs }] : []
  })
}
export const viewsSent = (world: World): RestOut[] =>
  world.sent.flatMap(({ out }) => (out.kind === 'view' ? [out.view] : []))

/** Straight to a page, past the plane: what a page itself makes of it. */
export function deliver(page: Page, body: FastBody, counter: number, epoch = 1, sender = 1, lane = 0): void {
  page.do((together, nowMs) => together.fast(encodeFast(body, { lane, epoch, counter, sender }), nowMs))
}
export const fastArea = (x: number): FastBody => ({ kind: 'area', ...area(x), unit: 0 })
