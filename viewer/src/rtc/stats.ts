// Figures about my own connection, for those who ask for them, and for the system tests.

export interface Figures {
  transport: 'udp' | 'tcp' | ''
  rttMs: number
  sentKbps: number
  receivedKbps: number
  video: readonly { mid: string; width: number; height: number; fps: number; codec: string; decoded: number }[]
}

interface Sums {
  at: number
  sent: number
  received: number
}
type Entry = Record<string, unknown> & { id: string; type: string; timestamp: number }

/** Turns getStats reports into figures; rates need the report before. */
export class StatsReader {
  private last: Sums | null = null

  constructor(private readonly pc: RTCPeerConnection) {}

  async read(): Promise<Figures> {
    const entries: Entry[] = []
    const report = await this.pc.getStats().catch(() => null)
    report?.forEach((entry: Entry) => entries.push(entry))
    return this.figures(entries)
  }

  figures(entries: readonly Entry[]): Figures {
    const byId = new Map(entries.map((entry) => [entry.id, entry]))
    const transport = entries.find((entry) => entry.type === 'transport')
    const pair = byId.get(String(transport?.['selectedCandidatePairId'] ?? ''))
    const local = byId.get(String(pair?.['localCandidateId'] ?? ''))
    const sums: Sums = {
      at: transport?.timestamp ?? 0,
      sent: number(transport, 'bytesSent'),
      received: number(transport, 'bytesReceived'),
    }
    const before = this.last
    this.last = sums
    const protocol = local?.['protocol']
    return {
      transport: protocol === 'udp' || protocol === 'tcp' ? protocol : '',
      rttMs: Math.round(number(pair, 'currentRoundTripTime') * 1000),
      sentKbps: rate(before, sums, 'sent'),
      receivedKbps: rate(before, sums, 'received'),
      video: entries.filter(isVideo).map((entry) => describe(entry, byId)),
    }
  }
}

function number(entry: Entry | undefined, key: string): number {
  const value = entry?.[key]
  return typeof value === 'number' ? value : 0
}

function rate(before: Sums | null, now: Sums, key: 'sent' | 'received'): number {
  const ms = before ? now.at - before.at : 0
  return before && ms > 0 ? Math.max(0, Math.round(((now[key] - before[key]) * 8) / ms)) : 0
}

function isVideo(entry: Entry): boolean {
  return entry.type === 'inbound-rtp' && entry['kind'] === 'video' && number(entry, 'framesDecoded') > 0
}

function describe(entry: Entry, byId: ReadonlyMap<string, Entry>): Figures['video'][number] {
  return {
    mid: String(entry['mid'] ?? ''),
    width: number(entry, 'frameWidth'),
    height: number(entry, 'frameHeight'),
    fps: Math.round(number(entry, 'framesPerSecond')),
    codec: String(byId.get(String(entry['codecId'] ?? ''))?.['mimeType'] ?? '').replace('video/', ''),
    decoded: number(entry, 'framesDecoded'),
  }
}
