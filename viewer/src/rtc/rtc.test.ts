import { describe, expect, it } from 'vitest'

import { candidatePorts, preferred } from './codecs'
import { scale } from './level'
import { StatsReader } from './stats'

describe('codecs', () => {
  const codecs = [
    { mimeType: 'video/VP8' },
    { mimeType: 'video/rtx' },
    { mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=0' },
    { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=1;profile-level-id=4d001f' },
    { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=0;profile-level-id=42e01f' },
    { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=1;profile-level-id=42e01f' },
    { mimeType: 'video/red' },
    { mimeType: 'video/ulpfec' },
  ]
  const names = (cores: number): string[] => preferred(codecs, cores).map((codec) => codec.mimeType.slice(6))

  it('are H264 first on weak machines, baseline before main', () => {
    expect(names(2)).toEqual(['H264', 'H264', 'VP8', 'VP9', 'rtx'])
    expect(preferred(codecs, 2)[0]!.sdpFmtpLine).toContain('42e01f')
  })
  it('are VP8 first on strong ones', () => expect(names(8)).toEqual(['VP8', 'H264', 'H264', 'VP9', 'rtx']))
  it('keep only Opus of the sounds', () => {
    const sounds = [{ mimeType: 'audio/opus' }, { mimeType: 'audio/red' }, { mimeType: 'audio/CN' }]
    expect(preferred(sounds, 2)).toEqual([{ mimeType: 'audio/opus' }])
  })
})

it('finds the media ports in an answer', () => {
  const sdp = [
    'a=candidate:1 1 udp 2130706431 192.0.2.1 7881 typ host',
    'a=candidate:2 1 tcp 1671430143 192.0.2.1 7881 typ host tcptype passive',
    'a=candidate:3 1 udp 2130706175 2001:db8::1 7882 typ host',
  ].join('\r\n')
  expect(candidatePorts(sdp)).toEqual([7881, 7882])
  expect(candidatePorts('v=0')).toEqual([])
})

it('shows speech as half a bar, silence as none', () => {
  expect(scale(0)).toBe(0)
  expect(scale(1)).toBe(1)
  expect(scale(0.056)).toBeCloseTo(0.5, 1)
})

it('turns reports into figures', () => {
  const reader = new StatsReader({} as RTCPeerConnection)
  const report = (seconds: number) => [
    {
      id: 't',
      type: 'transport',
      timestamp: seconds * 1000,
      selectedCandidatePairId: 'p',
      bytesSent: seconds * 125_000,
      bytesReceived: seconds * 250_000,
    },
    { id: 'p', type: 'candidate-pair', timestamp: 0, localCandidateId: 'l', currentRoundTripTime: 0.031 },
    { id: 'l', type: 'local-candidate', timestamp: 0, protocol: 'udp' },
    {
      id: 'v',
      type: 'inbound-rtp',
      timestamp: 0,
      kind: 'video',
      mid: '3',
      framesDecoded: 9,
      frameWidth: 640,
      frameHeight: 480,
      framesPerSecond: 24,
      codecId: 'c',
    },
    { id: 'c', type: 'codec', timestamp: 0, mimeType: 'video/VP8' },
  ]
  expect(reader.figures(report(1)).sentKbps).toBe(0)
  expect(reader.figures(report(3))).toEqual({
    transport: 'udp',
    rttMs: 31,
    sentKbps: 1000,
    receivedKbps: 2000,
    video: [{ mid: '3', width: 640, height: 480, fps: 24, codec: 'VP8', decoded: 9 }],
  })
})
