// What is asked of the browser for a microphone or camera, and what its refusal means.
import { recall } from './choices'

export type Problem = 'refused' | 'missing' | 'busy' | 'insecure' | 'lost' | 'held' | 'waiting' | 'unknown'
export type Device = 'microphone' | 'camera'

const CAMERA: MediaTrackConstraints = {
  width: { ideal: 640 },
  height: { ideal: 480 },
  frameRate: { ideal: 24, max: 30 },
}
const MICROPHONE: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }

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

export function deviceOf(track: MediaStreamTrack | undefined): string {
  return track?.getSettings?.().deviceId ?? ''
}

export function anything(kind: Device): MediaTrackConstraints {
  return kind === 'camera' ? CAMERA : MICROPHONE
}

export function only(kind: Device, constraints: MediaTrackConstraints): MediaStreamConstraints {
  return kind === 'camera' ? { video: constraints } : { audio: constraints }
}

/** A remembered device is a wish (`ideal`), never a condition: it may be unplugged today. */
export function wished(kind: Device): MediaTrackConstraints {
  const wish = recall(kind)
  return wish ? { ...anything(kind), deviceId: { ideal: wish.id } } : anything(kind)
}
