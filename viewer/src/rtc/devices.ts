// Camera and microphone. Nothing here throws or blocks a call: a missing device is a problem with a name, the call
// goes on without it, and a device that comes later is used then.

export type Problem = 'refused' | 'missing' | 'busy' | 'insecure' | 'lost' | 'waiting' | 'unknown'
export type Device = 'microphone' | 'camera'
export interface OneDevice {
  state: 'off' | 'asking' | 'on' | 'problem'
  problem?: Problem
  track?: MediaStreamTrack
}
export interface DeviceState {
  microphone: OneDevice
  camera: OneDevice
  choices: readonly { kind: Device; id: string; label: string }[]
}

const CAMERA: MediaTrackConstraints = {
  width: { ideal: 640 },
  height: { ideal: 480 },
  frameRate: { ideal: 24, max: 30 },
}
const MICROPHONE: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }
const CHOSEN_KEY = 'sefaw.devices'

/** The names of getUserMedia's failures (W3C Media Capture 10.2) and Chromium's own habits, as our problems. */
export function problemOf(error: unknown): Problem {
  const name = error instanceof Error || error instanceof DOMException ? error.name : ''
  switch (name) {
    case 'NotAllowedError':
      return 'refused'
    case 'SecurityError':
      return 'insecure'
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing'
    case 'NotReadableError': // the system says no: another program holds it
    case 'AbortError':
      return 'busy'
    default:
      return 'unknown'
  }
}

type Get = (constraints: MediaStreamConstraints) => Promise<MediaStream>

export class Devices {
  private state: DeviceState = { microphone: { state: 'off' }, camera: { state: 'off' }, choices: [] }
  private wantedOpen = false

  constructor(
    private readonly changed: (state: DeviceState) => void,
    private readonly media: MediaDevices | undefined = globalThis.navigator?.mediaDevices,
  ) {
    this.media?.addEventListener?.('devicechange', () => void this.plugged())
  }

  get current(): DeviceState {
    return this.state
  }

  /** Ask for what is not open yet: both at once (one prompt), then each alone if that fails. */
  async open(): Promise<void> {
    this.wantedOpen = true
    const kinds = (['microphone', 'camera'] as const).filter((kind) => !this.isBusy(kind))
    if (kinds.length === 0) return
    if (!this.media?.getUserMedia) return kinds.forEach((kind) => this.fail(kind, 'insecure'))
    kinds.forEach((kind) => this.put(kind, { state: 'asking' }))
    const get: Get = (constraints) => this.media?.getUserMedia(constraints) ?? Promise.reject(new Error('none'))
    if (kinds.length === 2 && (await this.tryBoth(get))) return this.list()
    for (const kind of kinds) await this.tryOne(get, kind)
    await this.list()
  }

  /** Stop both; the lights go out. */
  close(): void {
    this.wantedOpen = false
    for (const kind of ['microphone', 'camera'] as const) {
      this.state[kind].track?.stop()
      this.put(kind, { state: 'off' })
    }
  }

  /** Use another device from now on, also the next time. */
  async choose(kind: Device, id: string): Promise<void> {
    const chosen = { ...storedChoice(), [kind]: id }
    globalThis.localStorage?.setItem(CHOSEN_KEY, JSON.stringify(chosen))
    this.state[kind].track?.stop()
    this.put(kind, { state: 'off' })
    await this.open()
  }

  private isBusy(kind: Device): boolean {
    return this.state[kind].state === 'on' || this.state[kind].state === 'asking'
  }

  private async tryBoth(get: Get): Promise<boolean> {
    try {
      const stream = await get({ audio: constraints('microphone'), video: constraints('camera') })
      for (const track of stream.getTracks()) this.take(track)
      return true
    } catch {
      return false // which of the two it was is found by asking for each alone
    }
  }

  private async tryOne(get: Get, kind: Device): Promise<void> {
    const wish = kind === 'camera' ? { video: constraints(kind) } : { audio: constraints(kind) }
    try {
      for (const track of (await get(wish)).getTracks()) this.take(track)
    } catch (error) {
      this.fail(kind, problemOf(error))
    }
  }

  private take(track: MediaStreamTrack): void {
    const kind: Device = track.kind === 'audio' ? 'microphone' : 'camera'
    if (!this.wantedOpen) return track.stop()
    track.contentHint = kind === 'camera' ? 'motion' : 'speech'
    track.addEventListener('ended', () => {
      if (this.state[kind].track === track) this.fail(kind, 'lost')
    })
    this.put(kind, { state: 'on', track })
  }

  private async plugged(): Promise<void> {
    await this.list()
    const hopeful = (['microphone', 'camera'] as const).some(
      (kind) => this.state[kind].problem === 'missing' || this.state[kind].problem === 'lost',
    )
    if (this.wantedOpen && hopeful) await this.open()
  }

  private async list(): Promise<void> {
    const found = (await this.media?.enumerateDevices?.().catch(() => [])) ?? []
    const choices = found
      .filter((device) => device.kind !== 'audiooutput' && device.deviceId !== '')
      .map((device): DeviceState['choices'][number] => ({
        kind: device.kind === 'audioinput' ? 'microphone' : 'camera',
        id: device.deviceId,
        label: device.label,
      }))
    this.state = { ...this.state, choices }
    this.changed(this.state)
  }

  private fail(kind: Device, problem: Problem): void {
    this.put(kind, { state: 'problem', problem })
  }

  private put(kind: Device, one: OneDevice): void {
    this.state = { ...this.state, [kind]: one }
    this.changed(this.state)
  }
}

/** A remembered device is a wish (`ideal`), never a condition: it may be unplugged today. */
function constraints(kind: Device): MediaTrackConstraints {
  const id = storedChoice()[kind]
  const base = kind === 'camera' ? CAMERA : MICROPHONE
  return id ? { ...base, deviceId: { ideal: id } } : base
}

function storedChoice(): Partial<Record<Device, string>> {
  try {
    return JSON.parse(globalThis.localStorage?.getItem(CHOSEN_KEY) ?? '{}') as Partial<Record<Device, string>>
  } catch {
    return {}
  }
}
