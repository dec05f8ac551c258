// On our own pages, before their scripts: the camera and the probe are a picture that carries the Unix time in ms as 32
// blocks of 20x20 px (media.js draws it). One page draws marks and notes what picture each was drawn on; what the canvas
// over the probe shows on the other is read back, frame by frame, beside the key and the marks that it claims.
(() => {
  const BLOCK = 20;
  const BITS = 32;
  const HAND_MS = 150; // a quick hand's stroke
  const strip = document.createElement("canvas");
  strip.width = BITS * BLOCK;
  strip.height = BLOCK;
  const reader = strip.getContext("2d", { willReadFrequently: true, alpha: false });
  const now = () => performance.timeOrigin + performance.now();

  // `area`: where the picture lies in the source, its pixels. Null: coding has spoilt a block.
  const stampOf = (source, area) => {
    reader.drawImage(source, area.x, area.y, area.width, (area.height * BLOCK) / 480, 0, 0, BITS * BLOCK, BLOCK);
    const { data } = reader.getImageData(0, BLOCK / 2, BITS * BLOCK, 1);
    let stamp = 0;
    for (let bit = 0; bit < BITS; bit++) {
      const grey = data[(bit * BLOCK + BLOCK / 2) * 4];
      if (grey > 90 && grey < 165) return null;
      if (grey > 127) stamp |= 1 << bit;
    }
    return stamp >>> 0;
  };
  const inside = (canvas, { videoWidth, videoHeight }) => {
    const scale = Math.min(canvas.width / videoWidth, canvas.height / videoHeight);
    const [width, height] = [videoWidth * scale, videoHeight * scale];
    return { x: (canvas.width - width) / 2, y: (canvas.height - height) / 2, width, height };
  };
  const words = (text = "") => text.split(" ").filter(Boolean);
  const staged = () => ({
    video: document.querySelector(".stage video[data-purpose=probe]"),
    canvas: document.querySelector(".live-canvas"),
  });

  navigator.mediaDevices.getUserMedia = async (wanted) => bench.devices(wanted);

  // Each picture that the canvas showed, read as soon as the page has drawn it and said what it drew. One that another
  // replaced within the same refresh of the screen was never seen.
  window.__frames = ({ seconds }) => {
    const { video, canvas } = staged();
    const frames = [];
    let refresh = null;
    const look = () => {
      const at = now();
      if (canvas.hidden) return;
      const { rtp, marks, flagged } = canvas.dataset;
      const stamp = stampOf(canvas, inside(canvas, video));
      const age = stamp === null ? null : (Math.round(at) >>> 0) - stamp;
      if (document.timeline.currentTime === refresh) frames.pop();
      refresh = document.timeline.currentTime;
      frames.push({ rtp: rtp === "" ? null : Number(rtp), marks: words(marks), flagged: words(flagged), stamp, age });
    };
    const drawing = new MutationObserver(look);
    drawing.observe(canvas, { attributes: true, attributeFilter: ["data-rtp"] });
    return new Promise((done) => setTimeout(() => (drawing.disconnect(), done(frames)), seconds * 1000));
  };

  // Every frame as the decoder gives it, beside the page: what its key is and what picture it is.
  let decoded = null;
  window.__decoded = () => {
    const before = decoded ?? [];
    if (!decoded) void decode(staged().video.srcObject.getVideoTracks()[0].clone());
    decoded = [];
    return before;
  };
  const decode = async (track) => {
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 60 }).readable.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const stamp = stampOf(value, { x: 0, y: 0, width: value.displayWidth, height: value.displayHeight });
      decoded.push({ rtp: value.metadata().rtpTimestamp, stamp });
      value.close();
    }
  };

  // What was drawn here: the mark's key, the frame it says it was drawn on, and what the canvas showed then.
  window.__drawn = [];
  let under = null;
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (text) {
    const { type, mark } = JSON.parse(text);
    if (type === "add_mark") window.__drawn.push({ key: mark.key, rtp: mark.frame.rtp, stamp: under });
    return send.call(this, text);
  };

  // A hand that draws an arrow every `every` ms, in the callback of a frame: fading marks, as most are.
  window.__draw = (every) => {
    const { video, canvas } = staged();
    const hand = document.querySelector(".live-hand");
    const box = hand.getBoundingClientRect();
    hand.setPointerCapture = () => undefined; // there is no real pointer to capture
    const event = (type, x, y) =>
      hand.dispatchEvent(new PointerEvent(type, { pointerId: 1, isPrimary: true, button: 0, bubbles: true,
        clientX: box.x + box.width * x, clientY: box.y + box.height * y }));
    let last = 0;
    const look = () => {
      if (!hand.isConnected) return;
      video.requestVideoFrameCallback(look);
      if (performance.now() - last < every) return;
      last = performance.now();
      under = canvas.hidden ? null : stampOf(canvas, inside(canvas, video));
      const y = 0.4 + 0.3 * Math.random();
      event("pointerdown", 0.4, y);
      event("pointermove", 0.6, y);
      setTimeout(() => event("pointerup", 0.6, y), HAND_MS);
    };
    video.requestVideoFrameCallback(look);
  };
})();
