// Camera and microphone. Nothing here throws or blocks a call: a missing device is a problem with a name, the call
// goes on without it, a device that goes is replaced by another, and the one that was chosen is taken again when it
// is back.
import { anything, deviceOf, only, problemOf, wished } from './ask'
import type { Device, Problem } from './ask'
import { find, listed, recall, remember } from './choices'
import type { Listed } from './choices'
import { Permission } from './permission'

export interface OneDevice {
  state: 'off' | 'asking' | 'on' | 'problem'
  /** With `on`: only `held`, the system gives it to something else for a while. */
  problem?: Problem
  track?: MediaStreamTrack
}
export interface DeviceState {
  microphone: OneDevice
  camera: OneDevice
  choices: readonly Listed[]
}
/** Told once, as it happens: another device has taken over, or the chosen one is back. */
export interface DeviceNews {
  what: 'fell' | 'back'
  kind: Device
  label: string
}
export interface DeviceListener {
  changed(state: DeviceState): void
  news(news: DeviceNews): void
}

const KINDS = ['microphone', 'camera'] as const
export class Devices {
  private state: DeviceState = { microphone: { state: 'off' }, camera: { state: 'off' }, choices: [] }
  private wantedOpen = false
  private readonly permission: Permission
  /** Kinds that run on a stand-in because the chosen device went away. */
  private readonly fell = new Set<Device>()
  /** Which change of a device is the newest. */
  private readonly swaps = { microphone: 0, camera: 0 }

  constructor(
    private readonly listener: DeviceListener,
    private readonly media: MediaDevices | undefined = globalThis.navigator?.mediaDevices,
    query?: ConstructorParameters<typeof Permission>[1],
  ) {
    this.permission = new Permission((kind, granted) => void this.allowed(kind, granted), query)
    this.media?.addEventListener?.('devicechange', () => void this.plugged())
  }

  get current(): DeviceState {
    return this.state
  }

  /** Ask for what is not open yet: both at once (one prompt), then each alone if that fails. */
  async open(): Promise<void> {
    this.wantedOpen = true
    const kinds = KINDS.filter((kind) => this.state[kind].state === 'off' || this.state[kind].state === 'problem')
    if (kinds.length === 0) return
    if (!this.media?.getUserMedia) return kinds.forEach((kind) => this.fail(kind, 'insecure'))
    kinds.forEach((kind) => this.put(kind, { state: 'asking' }))
    if (kinds.length < 2 || !(await this.tryBoth())) for (const kind of kinds) await this.tryOne(kind)
    await this.list()
  }

  /** Stop both; the lights go out. */
  close(): void {
    this.wantedOpen = false
    this.fell.clear()
    for (const kind of KINDS) {
      this.state[kind].track?.stop()
      this.put(kind, { state: 'off' })
    }
  }

  /** Use another device from now on, also the next time. Who listens hears no gap: the old one ends when the new one
   * runs. */
  async choose(kind: Device, id: string): Promise<void> {
    const label = this.state.choices.find((one) => one.kind === kind && one.id === id)?.label ?? ''
    remember(kind, { id, label })
    this.fell.delete(kind)
    this.wantedOpen = true
    await this.swap(kind, id)
  }

  private async tryBoth(): Promise<boolean> {
    try {
      this.take(await this.get({ audio: wished('microphone'), video: wished('camera') }))
      return true
    } catch {
      return false // which of the two it was is found by asking for each alone
    }
  }

  private async tryOne(kind: Device): Promise<void> {
    try {
      this.take(await this.get(only(kind, wished(kind))))
    } catch (error) {
      this.fail(kind, problemOf(error))
    }
  }

  private async swap(kind: Device, id: string): Promise<void> {
    const swap = ++this.swaps[kind]
    const before = this.state[kind].track
    const wish = only(kind, { ...anything(kind), deviceId: { exact: id } })
    try {
      // Some phones give one camera at a time: let go of the old one and ask again.
      const stream = await this.get(wish).catch(() => (before?.stop(), this.get(wish)))
      // One that was chosen before another, and opened after it.
      if (swap !== this.swaps[kind]) return stream.getTracks().forEach((track) => track.stop())
      this.take(stream)
    } catch (error) {
      if (swap === this.swaps[kind]) this.fail(kind, problemOf(error))
    }
  }

  private take(stream: MediaStream): void {
    for (const track of stream.getTracks()) {
      const kind: Device = track.kind === 'audio' ? 'microphone' : 'camera'
      if (!this.wantedOpen) {
        track.stop()
        continue
      }
      const before = this.state[kind].track
      track.contentHint = kind === 'camera' ? 'motion' : 'speech'
      track.addEventListener('ended', () => this.state[kind].track === track && void this.vanished(kind))
      // A telephone call, or the locked screen of an iPhone: the track stays, nothing comes of it.
      for (const event of ['mute', 'unmute']) track.addEventListener(event, () => this.heed(kind, track))
      this.put(kind, { state: 'on', track, ...(track.muted ? { problem: 'held' } : {}) })
      before?.stop()
      void this.permission.watch(kind)
    }
  }

  private heed(kind: Device, track: MediaStreamTrack): void {
    if (this.state[kind].track !== track) return
    this.put(kind, { state: 'on', track, ...(track.muted ? { problem: 'held' } : {}) })
  }

  /** The running device is gone. If the browser took it from us, say so; else another takes over. */
  private async vanished(kind: Device): Promise<void> {
    const { track } = this.state[kind]
    if (!track || this.state[kind].state !== 'on') return
    track.stop()
    if (this.permission.revoked(kind)) return this.fail(kind, 'refused')
    this.put(kind, { state: 'asking' })
    await this.list()
    if (!this.state.choices.some((one) => one.kind === kind)) return this.fail(kind, 'lost')
    try {
      this.take(await this.get(only(kind, anything(kind))))
      // The track may end before the browser says why.
      if (this.permission.revoked(kind)) return this.giveUp(kind)
      this.fell.add(kind)
      this.listener.news({ what: 'fell', kind, label: track.label })
    } catch (error) {
      const problem = problemOf(error)
      this.fail(kind, problem === 'missing' ? 'lost' : problem)
    }
  }

  /** Something was plugged in or out. */
  private async plugged(): Promise<void> {
    await this.list()
    for (const kind of KINDS) if (this.wantedOpen) await this.follow(kind)
  }

  private async follow(kind: Device): Promise<void> {
    const { state, problem, track } = this.state[kind]
    if (problem === 'missing' || problem === 'lost') return this.tryAgain(kind, problem)
    if (state !== 'on') return
    const there = this.state.choices.filter((one) => one.kind === kind)
    const now = deviceOf(track)
    const gone = now !== '' && there.length > 0 && !there.some((one) => one.id === now)
    return gone ? this.vanished(kind) : this.goBack(kind, now)
  }

  private async tryAgain(kind: Device, problem: Problem): Promise<void> {
    this.put(kind, { state: 'asking' })
    await this.tryOne(kind)
    // It was not this one that was plugged in: what was said of it stays true.
    if (this.state[kind].problem === 'missing') this.fail(kind, problem)
  }

  /** From the stand-in to the chosen one, if that is there again. */
  private async goBack(kind: Device, now: string): Promise<void> {
    const chosen = find(this.state.choices, kind, recall(kind))
    if (!this.fell.has(kind) || !chosen || chosen.id === now) return
    this.fell.delete(kind)
    await this.swap(kind, chosen.id)
    this.listener.news({ what: 'back', kind, label: chosen.label })
  }

  private async allowed(kind: Device, granted: boolean): Promise<void> {
    const { state, problem } = this.state[kind]
    if (granted) {
      if (problem === 'refused' && this.wantedOpen) await this.open()
    } else if (state === 'on') {
      this.giveUp(kind)
    }
  }

  private giveUp(kind: Device): void {
    const { track } = this.state[kind]
    this.fail(kind, 'refused') // first: the track that ends now has nothing more to say
    track?.stop()
  }

  private async list(): Promise<void> {
    const found = (await this.media?.enumerateDevices?.().catch(() => [])) ?? []
    this.state = { ...this.state, choices: listed(found) }
    this.listener.changed(this.state)
  }

  private get(constraints: MediaStreamConstraints): Promise<MediaStream> {
    return this.media?.getUserMedia(constraints) ?? Promise.reject(new Error('none'))
  }

  private fail(kind: Device, problem: Problem): void {
    this.put(kind, { state: 'problem', problem })
  }

  private put(kind: Device, one: OneDevice): void {
    this.state = { ...this.state, [kind]: one }
    this.listener.changed(this.state)
  }
}
