// One RTCPeerConnection to the media plane. The page offers, the server answers (ICE-lite, its candidates are in the
// answer), so nothing is gathered or trickled before the offer goes out. The order of the m-sections is the wire's.
import { preferred } from './codecs'
import type { Media, Mid, Purpose, Slot } from '../session/wire.gen'

/** `pair` ties an audio and a video slot to one lip-synced person. */
const SLOTS: readonly { kind: 'audio' | 'video'; purpose: Purpose; pair: number }[] = [
  { kind: 'audio', purpose: 'face', pair: 0 },
  { kind: 'video', purpose: 'face', pair: 0 },
  { kind: 'audio', purpose: 'face', pair: 1 },
  { kind: 'video', purpose: 'face', pair: 1 },
  { kind: 'video', purpose: 'probe', pair: 2 },
  { kind: 'video', purpose: 'screen', pair: 3 },
]
const FACE_BITRATE = 700_000 // 480p at 24 frames/s looks right at 600 kbit/s; the line of a township has 1 Mbit/s

export interface PeerListener {
  track(mid: Mid, track: MediaStreamTrack): void
  state(state: PeerState): void
}
export type PeerState = 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed'

export class Peer {
  readonly pc: RTCPeerConnection
  readonly fast: RTCDataChannel
  readonly reliable: RTCDataChannel
  private readonly sends: { transceiver: RTCRtpTransceiver; purpose: Purpose }[]
  private readonly slots: { transceiver: RTCRtpTransceiver; slot: (typeof SLOTS)[number] }[]

  /** `speaks` false: an observer, who only receives. */
  constructor(
    private readonly listener: PeerListener,
    speaks: boolean,
  ) {
    this.pc = new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' })
    this.sends = speaks ? [this.sender('audio', {}), this.sender('video', { maxBitrate: FACE_BITRATE })] : []
    this.slots = SLOTS.map((slot) => ({
      transceiver: this.pc.addTransceiver(slot.kind, { direction: 'recvonly' }),
      slot,
    }))
    for (const transceiver of this.pc.getTransceivers()) prepare(transceiver)
    for (const { transceiver, slot } of this.slots) if (slot.purpose === 'probe') playAtOnce(transceiver.receiver)
    this.fast = this.pc.createDataChannel('fast', { negotiated: true, id: 0, ordered: false, maxRetransmits: 0 })
    this.reliable = this.pc.createDataChannel('state', { negotiated: true, id: 1, ordered: true })
    this.pc.ontrack = ({ transceiver, track }) => this.listener.track(transceiver.mid ?? '', track)
    this.pc.onconnectionstatechange = () => this.report()
  }

  /** Send this track from now on, or nothing; no new offer is needed. */
  async send(kind: 'audio' | 'video', track: MediaStreamTrack | null): Promise<void> {
    const found = this.sends.find(({ transceiver }) => transceiver.receiver.track.kind === kind)
    if (!found || found.transceiver.sender.track === track || this.pc.signalingState === 'closed') return
    await found.transceiver.sender.replaceTrack(track).catch(() => undefined) // closed meanwhile: nothing to send
  }

  /** The offer of the wire. `restart`: new ICE credentials for the same session (another network). */
  async offer(rttMs: number, restart = false): Promise<Media> {
    const description = await this.pc.createOffer({ iceRestart: restart })
    await this.pc.setLocalDescription(description)
    return {
      offer: this.pc.localDescription?.sdp ?? description.sdp ?? '',
      sends: this.sends.map(({ transceiver, purpose }) => ({
        mid: midOf(transceiver),
        kind: kindOf(transceiver),
        purpose,
      })),
      slots: this.slots.map(({ transceiver, slot }): Slot => ({ ...slot, mid: midOf(transceiver) })),
      rtt_ms: rttMs,
    }
  }

  async accept(answer: string): Promise<void> {
    await this.pc.setRemoteDescription({ type: 'answer', sdp: answer })
    const dtls = this.pc.sctp?.transport
    // After the plane closes, connectionState stays `connected` for seconds in Chromium; the DTLS transport knows.
    if (dtls) dtls.onstatechange = () => dtls.state === 'closed' && this.listener.state('closed')
  }

  get connected(): boolean {
    return this.pc.connectionState === 'connected' && this.pc.sctp?.transport.state !== 'closed'
  }

  close(): void {
    this.pc.ontrack = this.pc.onconnectionstatechange = null
    if (this.pc.sctp) this.pc.sctp.transport.onstatechange = null
    this.pc.close()
  }

  private sender(kind: 'audio' | 'video', encoding: RTCRtpEncodingParameters): Peer['sends'][number] {
    const transceiver = this.pc.addTransceiver(kind, { direction: 'sendonly', sendEncodings: [encoding] })
    return { transceiver, purpose: 'face' }
  }

  private report(): void {
    const state = this.pc.connectionState
    this.listener.state(state === 'new' ? 'connecting' : state)
  }
}

function kindOf(transceiver: RTCRtpTransceiver): 'audio' | 'video' {
  return transceiver.receiver.track.kind === 'audio' ? 'audio' : 'video'
}

function midOf(transceiver: RTCRtpTransceiver): Mid {
  return transceiver.mid ?? ''
}

function prepare(transceiver: RTCRtpTransceiver): void {
  const kind = kindOf(transceiver)
  const capabilities =
    transceiver.direction === 'sendonly' ? RTCRtpSender.getCapabilities(kind) : RTCRtpReceiver.getCapabilities(kind)
  const codecs = preferred(capabilities?.codecs ?? [], navigator.hardwareConcurrency || 4)
  if (codecs.length > 0) transceiver.setCodecPreferences(codecs)
  if (kind === 'video') stampCaptureTime(transceiver)
}

interface HeaderExtensions {
  getHeaderExtensionsToNegotiate?(): { uri: string; direction: RTCRtpTransceiverDirection }[]
  setHeaderExtensionsToNegotiate?(extensions: { uri: string; direction: RTCRtpTransceiverDirection }[]): void
}

/** abs-capture-time is off by default; with it every frame says when it was taken, on every machine. */
function stampCaptureTime(transceiver: RTCRtpTransceiver & HeaderExtensions): void {
  const extensions = transceiver.getHeaderExtensionsToNegotiate?.()
  if (!extensions) return
  for (const extension of extensions) if (extension.uri.includes('abs-capture-time')) extension.direction = 'sendrecv'
  transceiver.setHeaderExtensionsToNegotiate?.(extensions)
}

/** No jitter buffer beyond need: the hand follows this picture. On audio it would chop. */
function playAtOnce(receiver: RTCRtpReceiver & { jitterBufferTarget?: number | null }): void {
  if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0
}
