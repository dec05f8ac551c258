// A bench page: one made-up camera and microphone, and three ways to bring them to another page: WHIP, WHEP, or straight
// to it. The picture is 640x480 at 30/s: speckle that moves as an ultrasound does, and in its first row the Unix time in
// ms as 32 blocks of 20x20 px, so that the receiver can read how old it is.
(() => {
  const WIDTH = 640;
  const HEIGHT = 480;
  const BLOCK = 20;
  const BITS = 32;
  const now = () => performance.timeOrigin + performance.now();
  const nap = (ms) => new Promise((done) => setTimeout(done, ms));

  const speckle = () => {
    const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
    const pen = canvas.getContext("2d");
    const image = pen.createImageData(WIDTH, HEIGHT);
    let seed = 7;
    for (let i = 0; i < image.data.length; i += 4) {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      const smooth = 90 + 60 * Math.sin((i / 4 / WIDTH) * 0.05);
      image.data.fill(smooth + ((seed >> 16) % 24), i, i + 3);
      image.data[i + 3] = 255;
    }
    pen.putImageData(image, 0, 0);
    return canvas;
  };

  const picture = () => {
    const canvas = document.createElement("canvas");
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    const pen = canvas.getContext("2d", { alpha: false });
    const texture = speckle();
    const track = canvas.captureStream(30).getVideoTracks()[0];
    let step = 0;
    const painting = setInterval(() => {
      if (track.readyState === "ended") return clearInterval(painting);
      const y = (step++ * 2) % HEIGHT;
      pen.drawImage(texture, 0, y);
      pen.drawImage(texture, 0, y - HEIGHT);
      pen.fillStyle = "white";
      pen.beginPath();
      pen.arc(320 + 120 * Math.sin(step / 15), 260, 60 + 20 * Math.sin(step / 8), 0, 7);
      pen.fill();
      const stamp = Math.round(now()) >>> 0;
      for (let bit = 0; bit < BITS; bit++) {
        pen.fillStyle = (stamp >>> bit) & 1 ? "white" : "black";
        pen.fillRect(bit * BLOCK, 0, BLOCK, BLOCK);
      }
    }, 1000 / 30);
    return track;
  };

  const sound = () => {
    const context = new AudioContext();
    const oscillator = context.createOscillator();
    const out = context.createMediaStreamDestination();
    oscillator.frequency.value = 440;
    oscillator.connect(out);
    oscillator.start();
    return out.stream.getAudioTracks()[0];
  };

  const connection = () => {
    window.__pc?.close();
    return (window.__pc = new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle" }));
  };

  // `settings`: { codec, bitrate } of our own page, or {} for what the browser does by itself.
  const prefer = (transceiver, { codec }) => {
    if (!codec || transceiver.receiver.track.kind !== "video") return;
    const { codecs } = RTCRtpReceiver.getCapabilities("video");
    const rank = (one) => (one.mimeType === codec ? (/42e01f/.test(one.sdpFmtpLine ?? "42e01f") ? 0 : 1) : 2);
    transceiver.setCodecPreferences(codecs.toSorted((a, b) => rank(a) - rank(b)));
  };
  const send = (pc, settings) => {
    window.__sound ??= sound();
    window.__media ??= new MediaStream([window.__sound, picture()]);
    for (const track of window.__media.getTracks()) {
      const encoding = track.kind === "video" && settings.bitrate ? { maxBitrate: settings.bitrate } : {};
      const how = { direction: "sendonly", streams: [window.__media], sendEncodings: [encoding] };
      const transceiver = pc.addTransceiver(track, how);
      prefer(transceiver, settings);
      if (encoding.maxBitrate) whole(transceiver.sender);
    }
  };
  // A direct call's encoder starts small and stays so for a while: only pictures of one size can be compared.
  const whole = (sender) =>
    void sender.setParameters({ ...sender.getParameters(), degradationPreference: "maintain-resolution" });
  const show = (pc) => {
    window.__video?.remove();
    const video = (window.__video = document.createElement("video"));
    video.autoplay = video.playsInline = true;
    document.body.append(video);
    const media = (video.srcObject = new MediaStream());
    pc.addEventListener("track", ({ track }) => media.addTrack(track));
  };
  const gathered = async (pc) => {
    await pc.setLocalDescription();
    while (pc.iceGatheringState !== "complete") await nap(5);
    return pc.localDescription.sdp;
  };
  const post = async (url, token, sdp) => {
    const headers = { "content-type": "application/sdp", authorization: `Bearer ${token}` };
    const answer = await fetch(url, { method: "POST", body: sdp, headers });
    if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
    window.__resource = { url: new URL(answer.headers.get("location"), url).href, token };
    return answer.text();
  };

  window.bench = {
    // In place of a page's own devices.
    devices: ({ audio, video }) => new MediaStream([...(audio ? [sound()] : []), ...(video ? [picture()] : [])]),
    publish: async ({ url, token, settings }) => {
      const pc = connection();
      send(pc, settings);
      await pc.setLocalDescription();
      await pc.setRemoteDescription({ type: "answer", sdp: await post(url, token, pc.localDescription.sdp) });
    },
    // `through`: [port of the server, port of the proxy before it].
    watch: async ({ url, token, through, settings }) => {
      const pc = connection();
      show(pc);
      for (const kind of ["audio", "video"]) prefer(pc.addTransceiver(kind, { direction: "recvonly" }), settings);
      await pc.setLocalDescription();
      let sdp = await post(url, token, pc.localDescription.sdp);
      if (through) sdp = sdp.replaceAll(` ${through[0]} typ host`, ` ${through[1]} typ host`);
      await pc.setRemoteDescription({ type: "answer", sdp });
    },
    leave: async () => {
      window.__pc?.close();
      window.__media?.getVideoTracks()[0].stop(); // a picture that nobody sees costs the next measurement
      window.__media = undefined;
      const { url, token } = window.__resource ?? {};
      window.__resource = undefined;
      if (url) await fetch(url, { method: "DELETE", headers: { authorization: `Bearer ${token}` } });
    },
    // Page to page: the sender's offer, and the one address (UDP) where it can be reached.
    offer: async ({ settings }) => {
      const pc = connection();
      send(pc, settings);
      const sdp = await gathered(pc);
      const [, host, port] = /a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host/.exec(sdp);
      return { sdp: sdp.replace(/a=candidate:.*\r\n/g, ""), host, port: Number(port) };
    },
    // `at`: [host, port] where the receiver shall send to.
    answer: async ({ sdp, at, settings }) => {
      const pc = connection();
      show(pc);
      await pc.setRemoteDescription({ type: "offer", sdp });
      for (const transceiver of pc.getTransceivers()) prefer(transceiver, settings);
      const mine = await gathered(pc);
      const candidate = `candidate:1 1 udp 2122260223 ${at[0]} ${at[1]} typ host`;
      await pc.addIceCandidate({ candidate, sdpMid: "0", sdpMLineIndex: 0 });
      return mine.replace(/a=candidate:.*\r\n/g, "");
    },
    accept: ({ sdp }) => window.__pc.setRemoteDescription({ type: "answer", sdp }),
    playing: async () => {
      for (let turn = 0; turn < 500; turn++) {
        if (window.__pc.connectionState === "connected" && window.__video.videoWidth > 0) return;
        await nap(20);
      }
      throw new Error(`no picture within 10 s: ${window.__pc.connectionState}`);
    },
    stats: async () => [...(await window.__pc.getStats()).values()],
    // Ages of the frames shown in so many seconds, ms.
    ages: async ({ seconds }) => {
      const video = window.__video;
      const canvas = new OffscreenCanvas(BITS * BLOCK, BLOCK);
      const pen = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
      const ages = [];
      const until = performance.now() + seconds * 1000;
      await new Promise((done) => {
        const look = () => {
          const seen = now();
          const scale = video.videoWidth / WIDTH; // the sender may have made it smaller
          pen.drawImage(video, 0, 0, BITS * BLOCK * scale, BLOCK * scale, 0, 0, BITS * BLOCK, BLOCK);
          const { data } = pen.getImageData(0, BLOCK / 2, BITS * BLOCK, 1);
          let stamp = 0;
          for (let bit = 0; bit < BITS; bit++) if (data[(bit * BLOCK + BLOCK / 2) * 4] > 127) stamp |= 1 << bit;
          ages.push((Math.round(seen) >>> 0) - (stamp >>> 0));
          if (performance.now() < until) video.requestVideoFrameCallback(look);
          else done();
        };
        video.requestVideoFrameCallback(look);
      });
      return { ages, width: video.videoWidth };
    },
  };
})();
