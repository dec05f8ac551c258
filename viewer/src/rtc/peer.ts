// One RTCPeerConnection to the media plane. The page offers, the server answers (ICE-lite, its candidates are in the
// answer), so nothing is gathered or trickled before the offer goes out. The order of the m-sections is the wire's.
import { CLARITY } from './capture'
import type { Clarity } from './capture'
import { preferred } from './codecs'
import type { Kind, Media, Mid, Purpose, Slot } from '../session/wire.gen'

/** `pair` ties an audio and a video slot to one lip-synced person. */
const SLOTS: readonly { kind: 'audio' | 'video'; purpose: Purpose; pair: number }[] = [
  { kind: 'audio', purpose: 'face', pair: 0 },
  { kind: 'video', purpose: 'face', pair: 0 },
  { kind: 'audio', purpose: 'face', pair: 1 },
  { kind: 'video', purpose: 'face', pair: 1 },
  { kind: 'video', purpose: 'probe', pair: 2 },
  { kind: 'video', purpose: 'screen', pair: 3 },
  { kind: 'audio', purpose: 'screen', pair: 3 },
]
const FACE_BITRATE = 700_000 // 480p at 24 frames/s looks right at 600 kbit/s; the line of a township has 1 Mbit/s
const PROBE_BITRATE = 2_500_000 // the liver is usable from 1.6 Mbit/s; 720p gains little above this
const SCREEN_BITRATE = 1_500_000

export type Source = 'microphone' | 'camera' | 'probe' | 'screen' | 'screen_sound'
const SOURCES: Record<Source, { kind: Kind; purpose: Purpose; bitrate?: number }> = {
  microphone: { kind: 'audio', purpose: 'face' },
  camera: { kind: 'video', purpose: 'face', bitrate: FACE_BITRATE },
  probe: { kind: 'video', purpose: 'probe', bitrate: PROBE_BITRATE },
  screen: { kind: 'video', purpose: 'screen', bitrate: SCREEN_BITRATE },
  screen_sound: { kind: 'audio', purpose: 'screen' },
}
/** In every offer from the first: switching them on and off needs none. The others come and go with an offer each. */
const STANDING: readonly Source[] = ['microphone', 'camera']

export interface PeerListener {
  track(mid: Mid, track: MediaStreamTrack): void
  state(state: PeerState): void
  fast(bytes: Uint8Array): void
  /** A sender was made, in this very turn: what must be attached before its first frame is attached now. */
  sender(source: Source, sender: RTCRtpSender): void
}
export type PeerState = 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed'

export class Peer {
  readonly pc: RTCPeerConnection
  readonly fast: RTCDataChannel
  readonly reliable: RTCDataChannel
  /** Something is sent, or no longer sent, that the server was not told of in an offer it answered. */
  unsettled = false
  private answered = false
  private readonly sends = new Map<Source, RTCRtpTransceiver>()
  private readonly slots: { transceiver: RTCRtpTransceiver; slot: (typeof SLOTS)[number] }[]

  /** `speaks` false: an observer, who only receives. */
  constructor(
    private readonly listener: PeerListener,
    private readonly speaks: boolean,
  ) {
    this.pc = new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' })
    if (speaks) for (const source of STANDING) this.sender(source)
    this.slots = SLOTS.map((slot) => ({
      transceiver: this.pc.addTransceiver(slot.kind, { direction: 'recvonly' }),
      slot,
    }))
    for (const { transceiver } of this.slots) prepare(transceiver)
    for (const { transceiver, slot } of this.slots) if (slot.purpose === 'probe') playAtOnce(transceiver.receiver)
    this.fast = this.pc.createDataChannel('fast', { negotiated: true, id: 0, ordered: false, maxRetransmits: 0 })
    this.fast.binaryType = 'arraybuffer'
    this.fast.onmessage = ({ data }) => data instanceof ArrayBuffer && this.listener.fast(new Uint8Array(data))
    this.reliable = this.pc.createDataChannel('state', { negotiated: true, id: 1, ordered: true })
    this.pc.ontrack = ({ transceiver, track }) => this.listener.track(transceiver.mid ?? '', track)
    this.pc.onconnectionstatechange = () => this.report()
  }

  /** Send this track from now on, or nothing. Microphone and camera need no new offer; for the others `unsettled`
   * says that one is due. */
  async send(source: Source, track: MediaStreamTrack | null): Promise<void> {
    if (!this.speaks || this.pc.signalingState === 'closed') return
    const transceiver = this.sends.get(source) ?? (track && this.sender(source))
    if (!transceiver) return
    this.turn(transceiver, track || STANDING.includes(source) ? 'sendonly' : 'inactive')
    if (transceiver.sender.track === track) return
    await transceiver.sender.replaceTrack(track).catch(() => undefined) // closed meanwhile: nothing to send
  }

  /** The receiver behind a slot. */
  receiverOf(mid: Mid): RTCRtpReceiver | null {
    return this.slots.find(({ transceiver }) => transceiver.mid === mid)?.transceiver.receiver ?? null
  }

  /** What the encoder of this source gives up first. A browser that does not know it goes by the track's hint. */
  async prefer(source: Source, clarity: Clarity): Promise<void> {
    const sender = this.sends.get(source)?.sender
    if (!sender) return
    const parameters: RTCRtpSendParameters & { degradationPreference?: RTCDegradationPreference } =
      sender.getParameters()
    parameters.degradationPreference = CLARITY[clarity].degradation
    await sender.setParameters(parameters).catch(() => undefined)
  }

  /** The offer of the wire. `restart`: new ICE credentials for the same session (another network). */
  async offer(rttMs: number, restart = false): Promise<Media> {
    this.unsettled = false
    const description = await this.pc.createOffer({ iceRestart: restart })
    await this.pc.setLocalDescription(description)
    return {
      offer: this.pc.localDescription?.sdp ?? description.sdp ?? '',
      sends: [...this.sends]
        .filter(([, { direction }]) => direction === 'sendonly')
        .map(([source, transceiver]) => {
          const { kind, purpose } = SOURCES[source]
          return { mid: midOf(transceiver), kind, purpose }
        }),
      slots: this.slots.map(({ transceiver, slot }): Slot => ({ ...slot, mid: midOf(transceiver) })),
      rtt_ms: rttMs,
    }
  }

  async accept(answer: string): Promise<void> {
    await this.pc.setRemoteDescription({ type: 'answer', sdp: answer })
    this.answered = true
    const dtls = this.pc.sctp?.transport
    // After the plane closes, connectionState stays `connected` for seconds in Chromium; the DTLS transport knows.
    if (dtls) dtls.onstatechange = () => dtls.state === 'closed' && this.listener.state('closed')
  }

  /** The offer got no answer: as if it had not been made. */
  async retract(): Promise<void> {
    this.unsettled = true
    if (this.pc.signalingState !== 'have-local-offer') return
    await this.pc.setLocalDescription({ type: 'rollback' }).catch(() => undefined)
  }

  /** The first offer was answered: another may follow. */
  get settled(): boolean {
    return this.answered && this.pc.signalingState !== 'closed'
  }

  get connected(): boolean {
    return this.pc.connectionState === 'connected' && this.pc.sctp?.transport.state !== 'closed'
  }

  close(): void {
    this.pc.ontrack = this.pc.onconnectionstatechange = this.fast.onmessage = null
    if (this.pc.sctp) this.pc.sctp.transport.onstatechange = null
    this.pc.close()
  }

  private sender(source: Source): RTCRtpTransceiver {
    const { kind, bitrate } = SOURCES[source]
    const sendEncodings = [bitrate ? { maxBitrate: bitrate } : {}]
    const transceiver = this.pc.addTransceiver(kind, { direction: 'sendonly', sendEncodings })
    prepare(transceiver)
    this.listener.sender(source, transceiver.sender)
    this.sends.set(source, transceiver)
    return transceiver
  }

  private turn(transceiver: RTCRtpTransceiver, direction: 'sendonly' | 'inactive'): void {
    if (transceiver.direction === direction && transceiver.mid) return
    transceiver.direction = direction
    this.unsettled = true
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

/** Firefox before 128 has neither call: its own order of codecs serves. */
function prepare(transceiver: RTCRtpTransceiver): void {
  const kind = kindOf(transceiver)
  const end = transceiver.direction === 'sendonly' ? RTCRtpSender : RTCRtpReceiver
  const codecs = preferred(end.getCapabilities?.(kind)?.codecs ?? [], navigator.hardwareConcurrency || 4)
  if (codecs.length > 0) transceiver.setCodecPreferences?.(codecs)
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
