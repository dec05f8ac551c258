// Pictures besides my face: a second camera or capture card as the probe, and what is on my screen.

export type Clarity = 'smooth' | 'sharp'

/** A moving organ needs frames, a still one detail: what the encoder gives up first when the line is narrow. */
export const CLARITY: Record<Clarity, { hint: string; degradation: RTCDegradationPreference }> = {
  smooth: { hint: 'motion', degradation: 'maintain-framerate' },
  sharp: { hint: 'detail', degradation: 'maintain-resolution' },
}

const PROBE: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30, max: 30 },
}
// A shared picture is read, not watched: ten frames a second leave the line to the probe and the voices.
const SCREEN: MediaTrackConstraints = { frameRate: { ideal: 10, max: 15 }, width: { max: 1920 }, height: { max: 1200 } }

/** Phones have no way to share their screen. */
export function canShare(media: MediaDevices | undefined = globalThis.navigator?.mediaDevices): boolean {
  return typeof media?.getDisplayMedia === 'function'
}

/** Rejects as getUserMedia does. */
export async function openProbe(id: string, clarity: Clarity): Promise<MediaStreamTrack> {
  const video = id ? { ...PROBE, deviceId: { exact: id } } : PROBE
  const [track] = (await navigator.mediaDevices.getUserMedia({ video })).getVideoTracks()
  if (!track) throw new DOMException('', 'NotFoundError')
  track.contentHint = CLARITY[clarity].hint
  return track
}

/** The browser asks what to share; with sound where it offers that. Rejects as getDisplayMedia does. */
export async function openScreen(): Promise<{ picture: MediaStreamTrack; sound: MediaStreamTrack | undefined }> {
  const stream = await navigator.mediaDevices.getDisplayMedia({ video: SCREEN, audio: true })
  const [picture] = stream.getVideoTracks()
  if (!picture) throw new DOMException('', 'NotFoundError')
  picture.contentHint = CLARITY.sharp.hint
  return { picture, sound: stream.getAudioTracks()[0] }
}
