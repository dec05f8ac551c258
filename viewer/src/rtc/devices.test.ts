// Devices that are missing, go, come back, are taken away or held: what the page has of them afterwards.
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { device, FakeMedia, named } from './table.testing'
import { problemOf } from './ask'
import { Devices } from './devices'
import type { DeviceNews, DeviceState } from './devices'

const settled = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve))

describe('problems of devices', () => {
  it.each([
    ['NotAllowedError', 'refused'],
    ['NotFoundError', 'missing'],
    ['OverconstrainedError', 'missing'],
    ['NotReadableError', 'busy'],
    ['AbortError', 'busy'],
    ['SecurityError', 'insecure'],
    ['TypeError', 'unknown'],
  ])('%s is %s', (name, problem) => expect(problemOf(named(name))).toBe(problem))
})

interface Opened {
  devices: Devices
  media: FakeMedia
  last: () => DeviceState
  news: DeviceNews[]
  permission: EventTarget & { state: string }
}

async function opened(fails: FakeMedia['fails'] = {}): Promise<Opened> {
  const media = new FakeMedia(fails)
  const news: DeviceNews[] = []
  let state: DeviceState | undefined
  const permission = Object.assign(new EventTarget(), { state: 'granted' })
  const devices = new Devices(
    { changed: (next) => (state = next), news: (one) => news.push(one) },
    media as unknown as MediaDevices,
    () => Promise.resolve(permission as unknown as PermissionStatus),
  )
  await devices.open()
  await settled()
  return { devices, media, last: () => state!, news, permission }
}

const using = (state: DeviceState, kind: 'microphone' | 'camera'): string | undefined =>
  state[kind].track?.getSettings().deviceId

beforeEach(() => localStorage.clear())

describe('opening devices', () => {
  it('asks once for both', async () => {
    const { media, last } = await opened()
    expect(media.asked.length).toBe(1)
    expect([last().microphone.state, last().camera.state]).toEqual(['on', 'on'])
  })

  it('goes on without a camera', async () => {
    const { last } = await opened({ video: 'NotFoundError' })
    expect(last().microphone.state).toBe('on')
    expect(last().camera).toMatchObject({ state: 'problem', problem: 'missing' })
  })

  it('names both problems', async () => {
    const { last } = await opened({ audio: 'NotAllowedError', video: 'NotReadableError' })
    expect([last().microphone.problem, last().camera.problem]).toEqual(['refused', 'busy'])
  })

  it('tries again only what does not work', async () => {
    const { devices, media, last } = await opened({ video: 'NotReadableError' })
    media.fails = {}
    media.asked = []
    await devices.open()
    expect(media.asked.map((constraints) => Object.keys(constraints))).toEqual([['video']])
    expect(last().camera.state).toBe('on')
  })

  it('stops a camera that comes after the page let go', async () => {
    const media = new FakeMedia()
    const devices = new Devices({ changed: vi.fn(), news: vi.fn() }, media as unknown as MediaDevices)
    const opening = devices.open()
    devices.close()
    await opening
    expect(media.tracks.every((track) => track.stopped)).toBe(true)
  })

  it('says that the address is not safe where there are no devices at all', async () => {
    let state: DeviceState | undefined
    await new Devices({ changed: (next) => (state = next), news: vi.fn() }, {} as MediaDevices).open()
    expect(state?.camera.problem).toBe('insecure')
  })
})

describe('a headset', () => {
  it('is chosen without a gap: the old microphone ends when the new one runs', async () => {
    const { devices, media, last } = await opened()
    const [before] = media.tracks
    await devices.choose('microphone', 'headset')
    expect(using(last(), 'microphone')).toBe('headset')
    expect(before?.stopped).toBe(true)
    expect(media.tracks.filter((track) => track.kind === 'video' && track.stopped)).toEqual([])
  })

  it('is used if it was chosen last, whichever opens first', async () => {
    const { devices, media, last } = await opened()
    const usual = media.getUserMedia.bind(media)
    let slowly = (): void => undefined
    media.getUserMedia = async (constraints) => {
      media.getUserMedia = usual
      await new Promise<void>((resolve) => (slowly = resolve))
      return usual(constraints)
    }
    const first = devices.choose('microphone', 'mic')
    await devices.choose('microphone', 'headset')
    slowly()
    await first
    expect(using(last(), 'microphone')).toBe('headset')
    expect(media.tracks.filter((track) => track.kind === 'audio' && !track.stopped)).toHaveLength(1)
  })

  it('unplugged: another microphone takes over and that is said; back: it is used again', async () => {
    const { devices, media, last, news } = await opened()
    await devices.choose('microphone', 'headset')
    media.unplug('headset')
    await settled()
    expect(using(last(), 'microphone')).toBe('mic')
    expect(news).toEqual([{ what: 'fell', kind: 'microphone', label: 'HEADSET' }])
    media.plug(device('audioinput', 'headset'))
    await settled()
    expect(using(last(), 'microphone')).toBe('headset')
    expect(news[1]).toEqual({ what: 'back', kind: 'microphone', label: 'HEADSET' })
  })

  it('that nobody chose is not taken when it comes', async () => {
    const { media, last, news } = await opened()
    media.unplug('headset')
    media.plug(device('audioinput', 'headset'))
    await settled()
    expect(using(last(), 'microphone')).toBe('mic')
    expect(news).toEqual([])
  })

  it('gone without an `ended` (some browsers) is noticed from the list', async () => {
    const { devices, media, last } = await opened()
    await devices.choose('microphone', 'headset')
    media.there = media.there.filter((one) => one.deviceId !== 'headset')
    media.dispatchEvent(new Event('devicechange'))
    await settled()
    expect(using(last(), 'microphone')).toBe('mic')
  })
})

describe('the only camera', () => {
  it('unplugged is lost, and taken again when it is back', async () => {
    const { media, last } = await opened()
    media.unplug('cam')
    await settled()
    expect(last().camera).toMatchObject({ state: 'problem', problem: 'lost' })
    expect(last().microphone.state).toBe('on')
    media.plug(device('videoinput', 'cam'))
    await settled()
    expect(last().camera.state).toBe('on')
  })

  it('of a phone is let go before the next is asked for, if it must be', async () => {
    const { devices, media, last } = await opened()
    media.plug(device('videoinput', 'back'))
    await settled()
    const [, front] = media.tracks
    const get = media.getUserMedia
    media.getUserMedia = (wish) => (front?.stopped ? get(wish) : Promise.reject(named('NotReadableError')))
    await devices.choose('camera', 'back')
    expect(using(last(), 'camera')).toBe('back')
  })

  it('held by the system is no longer sent, and comes back by itself', async () => {
    const { media, last } = await opened()
    const camera = media.tracks.find((track) => track.kind === 'video')!
    camera.muted = true
    camera.dispatchEvent(new Event('mute'))
    expect(last().camera).toMatchObject({ state: 'on', problem: 'held' })
    camera.muted = false
    camera.dispatchEvent(new Event('unmute'))
    expect(last().camera.problem).toBeUndefined()
  })
})

describe('a permission', () => {
  it.each(['denied', 'prompt'])('taken back (%s) is said, and nothing is asked for again', async (state) => {
    const { media, last, permission } = await opened()
    media.asked = []
    permission.state = state
    permission.dispatchEvent(new Event('change'))
    await settled()
    expect(last().camera).toMatchObject({ state: 'problem', problem: 'refused' })
    expect(media.tracks.every((track) => track.stopped)).toBe(true)
    expect(media.asked).toEqual([])
  })

  it('whose tracks end first is told apart from an unplugged device', async () => {
    const { media, last, permission } = await opened()
    permission.state = 'denied'
    for (const track of media.tracks) track.dispatchEvent(new Event('ended'))
    await settled()
    expect([last().microphone.problem, last().camera.problem]).toEqual(['refused', 'refused'])
  })

  it('whose tracks end before the browser says why is not circumvented', async () => {
    const { media, last, permission } = await opened()
    const get = media.getUserMedia
    media.getUserMedia = (wish) => {
      permission.state = 'denied'
      permission.dispatchEvent(new Event('change'))
      return get(wish)
    }
    media.tracks.find((track) => track.kind === 'video')!.dispatchEvent(new Event('ended'))
    await settled()
    expect(last().camera).toMatchObject({ state: 'problem', problem: 'refused' })
    expect(media.tracks.filter((track) => track.kind === 'video').every((track) => track.stopped)).toBe(true)
  })

  it('given again: the devices are used again', async () => {
    const { last, permission } = await opened()
    permission.state = 'denied'
    permission.dispatchEvent(new Event('change'))
    await settled()
    permission.state = 'granted'
    permission.dispatchEvent(new Event('change'))
    await settled()
    expect(last().camera.state).toBe('on')
  })
})
