// Which device somebody chose, remembered in this browser by its id and its label: ids change when a browser forgets
// its site data, labels stay. Pure but for localStorage.

export type DeviceKind = 'microphone' | 'camera' | 'speaker'
/** `probe` is a camera to the browser, but a wish of its own. */
export type Wish = DeviceKind | 'probe'
export interface Listed {
  kind: DeviceKind
  id: string
  label: string
}
export interface Remembered {
  id: string
  label: string
}

const KEPT_KEY = 'sefaw.devices'
const KINDS: Partial<Record<MediaDeviceKind, DeviceKind>> = {
  audioinput: 'microphone',
  videoinput: 'camera',
  audiooutput: 'speaker',
}

/** What a browser lists, without the nameless entries it shows before it was allowed anything. */
export function listed(found: readonly MediaDeviceInfo[]): Listed[] {
  return found.flatMap(({ kind, deviceId: id, label }) => {
    const known = KINDS[kind]
    return known && id !== '' ? [{ kind: known, id, label }] : []
  })
}

/** The device of this kind that was wished, if it is there. */
export function find(there: readonly Listed[], kind: DeviceKind, wish: Remembered | null): Listed | undefined {
  if (!wish) return undefined
  const same = there.filter((one) => one.kind === kind)
  return same.find((one) => one.id === wish.id) ?? same.find((one) => one.label !== '' && one.label === wish.label)
}

/** The camera for the probe: the one of last time, else one that does not show my face, else any. */
export function probeChoice(there: readonly Listed[], wish: Remembered | null, faceCamera: string): Listed | undefined {
  const cameras = there.filter((one) => one.kind === 'camera')
  return find(there, 'camera', wish) ?? cameras.find((one) => one.id !== faceCamera) ?? cameras[0]
}

export function recall(wish: Wish): Remembered | null {
  return kept()[wish] ?? null
}

export function remember(wish: Wish, device: Remembered): void {
  const { id, label } = device
  globalThis.localStorage?.setItem(KEPT_KEY, JSON.stringify({ ...kept(), [wish]: { id, label } }))
}

function kept(): Partial<Record<Wish, Remembered>> {
  try {
    const value: unknown = JSON.parse(globalThis.localStorage?.getItem(KEPT_KEY) ?? '{}')
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
