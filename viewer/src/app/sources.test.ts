// Which picture becomes the probe when another device is chosen before the first one has opened.
import { beforeEach, expect, it, vi } from 'vitest'

type Open = (track: MediaStreamTrack) => void
const opening: Open[] = []
vi.mock('../rtc/capture', () => ({
  CLARITY: { smooth: { hint: 'motion' }, sharp: { hint: 'detail' } },
  canShare: () => false,
  openProbe: () => new Promise<MediaStreamTrack>((resolve) => opening.push(resolve)),
}))
vi.mock('./media', () => ({ currentPeer: () => null }))

const store = await import('../session/store')
const { lookAtProbe, startProbe, stopProbe } = await import('./sources')

function camera(label: string): MediaStreamTrack {
  const track = Object.assign(new EventTarget(), { label, readyState: 'live', getSettings: () => ({}) })
  return Object.assign(track, { stop: () => (track.readyState = 'ended') }) as never
}

beforeEach(() => {
  opening.length = 0
  stopProbe()
})

const orders: { first: number; second: number }[] = [
  { first: 0, second: 1 },
  { first: 1, second: 0 },
]

it.each(orders)(
  'the device that was chosen last is looked at, whichever opens first: $first, $second',
  async (order) => {
    const cameras = [camera('by itself'), camera('chosen')]
    const looks = [lookAtProbe(), lookAtProbe('chosen')]
    for (const which of [order.first, order.second]) {
      opening[which]?.(cameras[which] as MediaStreamTrack)
      await looks[which]
      if (which === 0) expect(store.probe.value.track).not.toBe(cameras[0])
    }
    expect(store.probe.value).toEqual({ state: 'preview', track: cameras[1] })
    expect(cameras.map((one) => one.readyState)).toEqual(['ended', 'live'])
  },
)

it('a device that opens after the dialog was closed and opened again is let go', async () => {
  const cameras = [camera('before'), camera('now')]
  const first = lookAtProbe()
  stopProbe()
  const second = lookAtProbe()
  opening[0]?.(cameras[0] as MediaStreamTrack)
  await first
  expect(store.probe.value).toEqual({ state: 'asking' })
  opening[1]?.(cameras[1] as MediaStreamTrack)
  await second
  startProbe()
  expect(store.probe.value).toEqual({ state: 'on', track: cameras[1] })
  expect(cameras.map((one) => one.readyState)).toEqual(['ended', 'live'])
})
