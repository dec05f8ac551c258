// Which codecs are offered, in which order. Pure.

const KEPT = ['video/vp8', 'video/h264', 'video/vp9', 'video/av1', 'video/rtx', 'audio/opus']

/** On four cores or fewer H264 first (it cost the least to encode in our measurements), else VP8: every browser has
 * both (RFC 7742). Only whole H264 (packetization-mode 1); no RED, FEC or comfort noise: the plane forwards none. */
export function preferred<T extends { mimeType: string; sdpFmtpLine?: string }>(
  codecs: readonly T[],
  cores: number,
): T[] {
  const first = cores <= 4 ? ['video/h264', 'video/vp8'] : ['video/vp8', 'video/h264']
  const rank = (codec: T): number => {
    const place = first.indexOf(codec.mimeType.toLowerCase())
    return place < 0 ? first.length + KEPT.indexOf(codec.mimeType.toLowerCase()) : place
  }
  return codecs.filter(kept).sort((a, b) => rank(a) - rank(b) || baseline(b) - baseline(a))
}

function kept(codec: { mimeType: string; sdpFmtpLine?: string }): boolean {
  const type = codec.mimeType.toLowerCase()
  if (type === 'video/h264') return codec.sdpFmtpLine?.includes('packetization-mode=1') ?? false
  return KEPT.includes(type)
}

/** Constrained baseline before other profiles: what every decoder takes. */
function baseline(codec: { sdpFmtpLine?: string }): number {
  return /profile-level-id=42e0/i.test(codec.sdpFmtpLine ?? '') ? 1 : 0
}

/** The ports of an answer's candidates, for the words about a blocked network. */
export function candidatePorts(sdp: string): number[] {
  const ports = [...sdp.matchAll(/^a=candidate:\S+ \d+ \S+ \d+ \S+ (\d+) /gm)].map((match) => Number(match[1]))
  return [...new Set(ports)]
}
