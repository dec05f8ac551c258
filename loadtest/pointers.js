// Many people's pointers in one page: each has a connection with the two data channels, as our own page has it
// (docs/wire.md, fast lane). The clock is one, so the age of a message is known where it arrives.
(() => {
  const HEADER = 11;
  const POINTER = 1;
  const KEPT = 1024; // counters back in time
  const peers = [];

  const message = (index, counter) => {
    const view = new DataView(new ArrayBuffer(HEADER + 9));
    view.setUint8(0, 1);
    view.setUint8(1, POINTER);
    view.setUint32(5, counter);
    view.setUint32(HEADER, index); // the pointer's track: here, who sends
    view.setUint16(HEADER + 4, (counter * 131) % 65536);
    view.setUint16(HEADER + 6, (counter * 77) % 65536);
    view.setUint8(HEADER + 8, 1);
    return view.buffer;
  };

  const hear = (peer, data) => {
    const view = new DataView(data);
    const from = peers[view.getUint32(HEADER)];
    peer.got += 1;
    peer.ages.push(performance.now() - from.sentAt[view.getUint32(5) % KEPT]);
  };

  window.pointers = {
    async offer() {
      const pc = new RTCPeerConnection();
      const fast = pc.createDataChannel("fast", { negotiated: true, id: 0, ordered: false, maxRetransmits: 0 });
      pc.createDataChannel("state", { negotiated: true, id: 1 });
      fast.binaryType = "arraybuffer";
      const peer = { pc, fast, counter: 0, got: 0, ages: [], sentAt: new Array(KEPT).fill(0) };
      peer.open = new Promise((resolve) => fast.addEventListener("open", resolve));
      fast.addEventListener("message", ({ data }) => hear(peer, data));
      peers.push(peer);
      await pc.setLocalDescription(await pc.createOffer());
      return pc.localDescription.sdp;
    },
    async accept({ index, sdp }) {
      await peers[index].pc.setRemoteDescription({ type: "answer", sdp });
      await peers[index].open;
    },
    move({ hz }) {
      peers.forEach((peer, index) => {
        const step = () => {
          peer.counter += 1;
          peer.sentAt[peer.counter % KEPT] = performance.now();
          peer.fast.send(message(index, peer.counter));
        };
        // Hands do not move in step.
        setTimeout(() => (peer.timer = setInterval(step, 1000 / hz)), (index * 1000) / hz / peers.length);
      });
    },
    stop() {
      for (const peer of peers) clearInterval(peer.timer);
    },
    take() {
      const sent = peers.reduce((sum, peer) => sum + peer.counter, 0);
      const got = peers.reduce((sum, peer) => sum + peer.got, 0);
      const ages = peers.flatMap((peer) => peer.ages);
      for (const peer of peers) {
        peer.got = 0;
        peer.ages = [];
      }
      return { sent, got, ages };
    },
  };
})();
