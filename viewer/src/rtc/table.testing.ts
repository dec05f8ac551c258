// Devices on a table, for tests: plugged in, pulled out, refused.

export const named = (name: string): DOMException => new DOMException('', name)

const INPUTS = { audio: 'audioinput', video: 'videoinput' } as const
type Medium = keyof typeof INPUTS
export const device = (kind: MediaDeviceKind, id: string): MediaDeviceInfo =>
  ({ kind, deviceId: id, label: id.toUpperCase() }) as MediaDeviceInfo

export class FakeTrack extends EventTarget {
  contentHint = ''
  stopped = false
  muted = false
  constructor(
    readonly kind: Medium,
    readonly id: string,
  ) {
    super()
  }
  get label(): string {
    return this.id.toUpperCase()
  }
  getSettings = (): MediaTrackSettings => ({ deviceId: this.id })
  stop(): void {
    this.stopped = true
  }
}

/** `there` is what is plugged in. */
export class FakeMedia extends EventTarget {
  asked: MediaStreamConstraints[] = []
  tracks: FakeTrack[] = []
  there = [device('audioinput', 'mic'), device('audioinput', 'headset'), device('videoinput', 'cam')]
  constructor(public fails: Partial<Record<Medium, string>> = {}) {
    super()
  }

  getUserMedia = async (constraints: MediaStreamConstraints): Promise<MediaStream> => {
    this.asked.push(constraints)
    const kinds = (['audio', 'video'] as const).filter((kind) => constraints[kind])
    for (const kind of kinds) if (this.fails[kind]) throw named(this.fails[kind])
    const tracks = kinds.map((kind) => new FakeTrack(kind, this.pick(kind, constraints[kind] as MediaTrackConstraints)))
    this.tracks.push(...tracks)
    return { getTracks: () => tracks } as unknown as MediaStream
  }

  enumerateDevices = async (): Promise<MediaDeviceInfo[]> => this.there

  unplug(id: string): void {
    this.there = this.there.filter((one) => one.deviceId !== id)
    for (const track of this.tracks.filter((one) => one.id === id)) track.dispatchEvent(new Event('ended'))
    this.dispatchEvent(new Event('devicechange'))
  }

  plug(one: MediaDeviceInfo): void {
    this.there = [...this.there, one]
    this.dispatchEvent(new Event('devicechange'))
  }

  private pick(kind: Medium, { deviceId }: MediaTrackConstraints): string {
    const fit = this.there.filter((one) => one.kind === INPUTS[kind])
    const wish = deviceId as { ideal?: string; exact?: string } | undefined
    const found = fit.find((one) => one.deviceId === (wish?.exact ?? wish?.ideal))
    const given = found ?? (wish?.exact ? undefined : fit[0])
    if (!given) throw named('NotFoundError')
    return given.deviceId
  }
}
