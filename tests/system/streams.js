// A publisher and a player of one page, by WHIP and WHEP: `publish` and `watch` return connections by number.
() => {
  const connections = []
  const SDP = { 'Content-Type': 'application/sdp' }

  const prefer = (transceiver, kind, names) => {
    if (!names) return
    const all = RTCRtpReceiver.getCapabilities(kind).codecs
    const wanted = names.flatMap((name) => all.filter((codec) => codec.mimeType.toLowerCase() === name))
    transceiver.setCodecPreferences([...wanted, ...all.filter((codec) => codec.mimeType.endsWith('rtx'))])
  }

  const connect = async (peer, url, token) => {
    await peer.setLocalDescription()
    const headers = { ...SDP, Authorization: `Bearer ${token}` }
    const reply = await fetch(url, { method: 'POST', headers, body: peer.localDescription.sdp })
    if (reply.status !== 201) throw new Error(await reply.text())
    const answer = await reply.text()
    await peer.setRemoteDescription({ type: 'answer', sdp: answer })
    const location = new URL(reply.headers.get('Location'), url).href
    connections.push({ peer, token, location, answer })
    return connections.length - 1
  }

  const credentials = (sdp) => ({
    ufrag: /a=ice-ufrag:(\S+)/.exec(sdp)[1],
    pass: /a=ice-pwd:(\S+)/.exec(sdp)[1],
  })

  window.streams = {
    async publish(url, token, video, audio) {
      const peer = new RTCPeerConnection()
      const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 240 } })
      for (const track of media.getTracks()) {
        const transceiver = peer.addTransceiver(track, { direction: 'sendonly' })
        prefer(transceiver, track.kind, track.kind === 'video' ? video : audio)
      }
      return connect(peer, url, token)
    },

    async watch(url, token, video, audio) {
      const peer = new RTCPeerConnection()
      prefer(peer.addTransceiver('audio', { direction: 'recvonly' }), 'audio', audio)
      prefer(peer.addTransceiver('video', { direction: 'recvonly' }), 'video', video)
      return connect(peer, url, token)
    },

    // RFC 9725 4.3.1: new credentials by PATCH; the answer is the old one with the server's new credentials.
    async restart(number) {
      const connection = connections[number]
      connection.peer.restartIce()
      await connection.peer.setLocalDescription()
      const own = credentials(connection.peer.localDescription.sdp)
      const headers = { 'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': '*' }
      headers.Authorization = `Bearer ${connection.token}`
      const body = `a=ice-ufrag:${own.ufrag}\r\na=ice-pwd:${own.pass}\r\n`
      const reply = await fetch(connection.location, { method: 'PATCH', headers, body })
      if (reply.status !== 200) throw new Error(await reply.text())
      const [before, now] = [credentials(connection.answer), credentials(await reply.text())]
      connection.answer = connection.answer.replaceAll(before.ufrag, now.ufrag).replaceAll(before.pass, now.pass)
      await connection.peer.setRemoteDescription({ type: 'answer', sdp: connection.answer })
      return reply.headers.get('ETag')
    },

    // What a connection's statistics say: per direction and kind the codec and what was counted, and its local port.
    async figures(number) {
      const stats = await connections[number].peer.getStats()
      const figures = { port: 0 }
      for (const one of stats.values()) {
        if (one.type === 'inbound-rtp' || one.type === 'outbound-rtp') {
          figures[one.kind] = {
            codec: stats.get(one.codecId)?.mimeType.toLowerCase() ?? '',
            packets: one.packetsReceived ?? one.packetsSent,
            bytes: one.bytesReceived ?? one.bytesSent,
            frames: one.framesDecoded ?? one.framesEncoded ?? 0,
            concealed: one.concealedSamples ?? 0,
            samples: one.totalSamplesReceived ?? 0,
          }
        }
        if (one.type === 'transport' && one.selectedCandidatePairId) {
          figures.port = stats.get(stats.get(one.selectedCandidatePairId).localCandidateId).port
        }
      }
      return figures
    },
  }
}
