// Before the page's own scripts: every connection is kept, an answer's candidates can be led through a proxy, and what
// happened when is written down (milliseconds of performance.now()).
(() => {
  const { from, to } = window.__through ?? {};
  const trace = (window.__trace = { marks: [], peers: [] });
  const mark = (what) => trace.marks.push([what, performance.now()]);
  window.__mark = mark;

  const follow = (pc) => {
    trace.peers.push(pc);
    pc.addEventListener("iceconnectionstatechange", () => mark(`ice ${pc.iceConnectionState}`));
    pc.addEventListener("connectionstatechange", () => mark(`peer ${pc.connectionState}`));
    pc.addEventListener("track", ({ track }) => {
      track.addEventListener("unmute", () => mark(`first packet ${track.kind}`));
    });
  };
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...given) {
      super(...given);
      follow(this);
    }
    async createOffer(...given) {
      mark("offer begun");
      return super.createOffer(...given);
    }
    async setRemoteDescription(description) {
      const sdp = from ? description.sdp.replaceAll(from, to) : description.sdp;
      await super.setRemoteDescription({ type: description.type, sdp });
      mark("answer set");
      const dtls = this.getReceivers()[0]?.transport;
      dtls?.addEventListener("statechange", () => mark(`dtls ${dtls.state}`));
    }
  };

  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        const { type } = JSON.parse(data);
        if (type !== "pong") mark(`received ${type}`);
      });
    }
    send(text) {
      const { type } = JSON.parse(text);
      if (type !== "ping") mark(`sent ${type}`);
      super.send(text);
    }
  };

  // Every picture that appears on the page: when its first frame was there, and what the browser knows of it.
  const watched = new WeakSet();
  const watch = (video) => {
    if (watched.has(video)) return;
    watched.add(video);
    video.requestVideoFrameCallback((now, frame) => {
      trace.first ??= {
        shown: now,
        received: frame.receiveTime,
        decoding: (frame.processingDuration ?? 0) * 1000,
        width: frame.width,
      };
    });
  };
  new MutationObserver(() => document.querySelectorAll("video[data-participant]").forEach(watch)).observe(
    document, { childList: true, subtree: true },
  );

  window.__forget = () => {
    trace.marks.length = trace.peers.length = 0;
    trace.first = undefined;
  };
  window.__stats = async () => {
    const open = trace.peers.filter((pc) => pc.connectionState !== "closed");
    const all = await Promise.all(open.map((pc) => pc.getStats()));
    return all.flatMap((report) => [...report.values()]);
  };
})();
