// Whether the browser lets us use microphone and camera, and when that changes in the middle of a call.
// Where a browser does not tell (older Firefox), the ended track and a refused request say it instead.
import type { DeviceKind } from './choices'

type Input = Exclude<DeviceKind, 'speaker'>
type Query = (name: string) => Promise<PermissionStatus>

export class Permission {
  private readonly states = new Map<Input, PermissionStatus>()
  private readonly seenGranted = new Set<Input>()

  /** `changed` hears of every change after `watch`. */
  constructor(
    private readonly changed: (kind: Input, granted: boolean) => void,
    private readonly query: Query | undefined = browserQuery(),
  ) {}

  async watch(kind: Input): Promise<void> {
    if (this.states.has(kind) || !this.query) return
    const status = await this.query(kind).catch(() => null)
    if (!status || this.states.has(kind)) return
    this.states.set(kind, status)
    this.note(kind, status)
    status.addEventListener('change', () => {
      this.note(kind, status)
      this.changed(kind, status.state === 'granted')
    })
  }

  /** Taken back: asking again would put a question on the screen in the middle of a call. A browser that always says
   * `prompt`, also while the camera runs, has taken back nothing. */
  revoked(kind: Input): boolean {
    const state = this.states.get(kind)?.state
    return state === 'denied' || (state === 'prompt' && this.seenGranted.has(kind))
  }

  private note(kind: Input, status: PermissionStatus): void {
    if (status.state === 'granted') this.seenGranted.add(kind)
  }
}

function browserQuery(): Query | undefined {
  const { permissions } = globalThis.navigator ?? {}
  return permissions && ((name) => permissions.query({ name: name as PermissionName }))
}
