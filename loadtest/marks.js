// On our own pages, before their scripts: the camera and the probe are a picture that carries the Unix time in ms as 32
// blocks of 20x20 px (media.js draws it), and what the canvas over the probe shows is read back, frame by frame, beside the
// key that it claims.
(() => {
  const BLOCK = 20;
  const BITS = 32;
  const strip = document.createElement("canvas");
  strip.width = BITS * BLOCK;
  strip.height = BLOCK;
  const reader = strip.getContext("2d", { willReadFrequently: true, alpha: false });
  const now = () => performance.timeOrigin + performance.now();

  // `area`: where the picture lies in the source, its pixels.
  const stampOf = (source, area) => {
    reader.drawImage(source, area.x, area.y, area.width, (area.height * BLOCK) / 480, 0, 0, BITS * BLOCK, BLOCK);
    const { data } = reader.getImageData(0, BLOCK / 2, BITS * BLOCK, 1);
    let stamp = 0;
    for (let bit = 0; bit < BITS; bit++) if (data[(bit * BLOCK + BLOCK / 2) * 4] > 127) stamp |= 1 << bit;
    return stamp >>> 0;
  };
  const inside = (canvas, { videoWidth, videoHeight }) => {
    const scale = Math.min(canvas.width / videoWidth, canvas.height / videoHeight);
    const [width, height] = [videoWidth * scale, videoHeight * scale];
    return { x: (canvas.width - width) / 2, y: (canvas.height - height) / 2, width, height };
  };

  navigator.mediaDevices.getUserMedia = async (wanted) => bench.devices(wanted);

  // The page's callback was asked for first: when this one runs, the canvas of this frame is drawn.
  window.__frames = ({ seconds }) => {
    const video = document.querySelector(".stage video[data-purpose=probe]");
    const canvas = document.querySelector(".live-canvas");
    const frames = [];
    const until = performance.now() + seconds * 1000;
    return new Promise((done) => {
      const look = () => {
        const at = now();
        if (!canvas.hidden) {
          const { rtp, marks, flagged } = canvas.dataset;
          const stamp = stampOf(canvas, inside(canvas, video));
          const age = (Math.round(at) >>> 0) - stamp;
          frames.push({ rtp: rtp === "" ? -1 : Number(rtp), marks: Number(marks), flagged: Number(flagged), stamp, age });
        }
        if (performance.now() < until) video.requestVideoFrameCallback(look);
        else done(frames);
      };
      video.requestVideoFrameCallback(look);
    });
  };

  // A hand that draws an arrow every `every` ms until it is told to stop: fading marks, as most are.
  window.__draw = (every) => {
    const hand = document.querySelector(".live-hand");
    const box = hand.getBoundingClientRect();
    const event = (type, x, y) =>
      hand.dispatchEvent(new PointerEvent(type, { pointerId: 1, isPrimary: true, button: 0, bubbles: true,
        clientX: box.x + box.width * x, clientY: box.y + box.height * y }));
    hand.setPointerCapture = () => undefined; // there is no real pointer to capture
    window.__drawing = setInterval(() => {
      const y = 0.4 + 0.3 * Math.random();
      event("pointerdown", 0.4, y);
      event("pointermove", 0.6, y);
      event("pointerup", 0.6, y);
    }, every);
  };
})();
