// How loud each received voice is, 0 to 1, as the newest packet's header says it (RFC 6464); where a browser does not
// tell, from the decoded sound's statistics.

/** mid → level. */
export async function loudness(pc: RTCPeerConnection): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  let blind = false
  for (const { mid, receiver } of pc.getTransceivers()) {
    if (!mid || receiver.track.kind !== 'audio') continue
    const level = newest(receiver)
    if (level === undefined) blind = true
    else found.set(mid, level)
  }
  return blind ? fromStatistics(pc, found) : found
}

/** Undefined: packets come, but say nothing of their level. Nothing at all for a second is silence (DTX). */
function newest(receiver: RTCRtpReceiver): number | undefined {
  const sources = receiver.getSynchronizationSources?.() ?? []
  const last = sources.reduce<RTCRtpSynchronizationSource | null>(
    (best, one) => (best && best.timestamp > one.timestamp ? best : one),
    null,
  )
  if (!last || performance.timeOrigin + performance.now() - absolute(last.timestamp) > 1_000) return 0
  return last.audioLevel
}

/** Browsers have counted from the page's start and from 1970. */
function absolute(timestamp: number): number {
  return timestamp < 1e12 ? performance.timeOrigin + timestamp : timestamp
}

async function fromStatistics(pc: RTCPeerConnection, found: Map<string, number>): Promise<Map<string, number>> {
  const report = await pc.getStats().catch(() => null)
  report?.forEach((entry: { type: string; kind?: string; mid?: string; audioLevel?: number }) => {
    const { type, kind, mid, audioLevel } = entry
    if (type === 'inbound-rtp' && kind === 'audio' && mid && audioLevel !== undefined) found.set(mid, audioLevel)
  })
  return found
}
