// A camera that shows one known colour with a moving bar, and a microphone that plays one known tone, so that a test
// can tell at the receiver whose picture and sound arrived. Also keeps every peer connection for statistics.
(() => {
  if (window.__peers) return; // once a page, however many people had this browser before
  const { colour, tone } = window.__pattern ?? { colour: [200, 40, 40], tone: 440 };
  const Native = window.RTCPeerConnection;
  window.__peers = [];
  window.RTCPeerConnection = class extends Native {
    constructor(...args) {
      super(...args);
      window.__peers.push(this);
    }
  };

  const picture = () => {
    const canvas = document.createElement("canvas");
    canvas.width = 640;
    canvas.height = 480;
    const pen = canvas.getContext("2d");
    let x = 0;
    setInterval(() => {
      pen.fillStyle = `rgb(${colour.join(",")})`;
      pen.fillRect(0, 0, 640, 480);
      pen.fillStyle = "white";
      pen.fillRect(x, 0, 40, 60);
      x = (x + 8) % 600;
    }, 50);
    return canvas.captureStream(20).getVideoTracks()[0];
  };

  const sound = () => {
    const context = new AudioContext();
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    const out = context.createMediaStreamDestination();
    oscillator.frequency.value = tone;
    gain.gain.value = 0.3;
    oscillator.connect(gain).connect(out);
    oscillator.start();
    return out.stream.getAudioTracks()[0];
  };

  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = new MediaStream();
    if (wanted.audio) stream.addTrack(sound());
    if (wanted.video) stream.addTrack(picture());
    return stream;
  };

  // The mean colour of the middle of a video's picture.
  window.__colour = (video) => {
    const canvas = document.createElement("canvas");
    canvas.width = 64;
    canvas.height = 48;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(video, 0, 0, 64, 48);
    const { data } = pen.getImageData(16, 24, 32, 16);
    const sum = [0, 0, 0];
    for (let i = 0; i < data.length; i += 4) for (let c = 0; c < 3; c++) sum[c] += data[i + c];
    return sum.map((s) => Math.round(s / (data.length / 4)));
  };

  // { frequency, level } of a received audio track over a quarter of a second of its sound, however late the machine
  // gives the clock of the sound a start: before that everything is silent.
  window.__tone = async (track) => {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    for (let looks = 0; context.currentTime < 0.4; looks++) {
      if (looks > 1000) throw new Error("the clock of the sound stands still");
      await new Promise((done) => setTimeout(done, 10));
    }
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    const peak = bins.indexOf(Math.max(...bins));
    const frequency = (peak * context.sampleRate) / analyser.fftSize;
    await context.close();
    return { frequency, level: bins[peak] };
  };

  window.__received = () =>
    window.__peers
      .filter((peer) => peer.connectionState !== "closed")
      .flatMap((peer) => peer.getReceivers())
      .map((receiver) => receiver.track);

  window.__stats = async () => {
    const all = [];
    for (const [index, peer] of window.__peers.entries())
      if (peer.connectionState !== "closed")
        for (const entry of (await peer.getStats()).values()) all.push({ ...entry, peer: index });
    return all;
  };
})();
