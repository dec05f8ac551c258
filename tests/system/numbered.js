// A camera whose every picture carries its own number (where `window.__numbers`): 32 blocks of 20x20 px in the first row, and a texture that moves as
// an ultrasound does. `__number(source)` reads the number back from a video, a canvas or an image, null if a block is
// neither black nor white; `__presented` collects, for the picture on the stage, what number each presented frame had
// beside its RTP timestamp, and what number the canvas over the picture showed then (`drawn`), under which key (`says`).
(() => {
  const WIDTH = 640;
  const HEIGHT = 480;
  const BLOCK = 20;
  const BITS = 32;

  const speckle = () => {
    const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
    const pen = canvas.getContext("2d");
    const image = pen.createImageData(WIDTH, HEIGHT);
    let seed = 7;
    for (let i = 0; i < image.data.length; i += 4) {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      image.data.fill(60 + ((seed >> 16) % 90), i, i + 3);
      image.data[i + 3] = 255;
    }
    pen.putImageData(image, 0, 0);
    return canvas;
  };

  let number = 0;
  const picture = () => {
    const canvas = document.createElement("canvas");
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    const pen = canvas.getContext("2d", { alpha: false });
    const texture = speckle();
    setInterval(() => {
      number++;
      const y = (number * 6) % HEIGHT;
      pen.drawImage(texture, 0, y);
      pen.drawImage(texture, 0, y - HEIGHT);
      for (let bit = 0; bit < BITS; bit++) {
        pen.fillStyle = (number >>> bit) & 1 ? "white" : "black";
        pen.fillRect(bit * BLOCK, 0, BLOCK, BLOCK);
      }
    }, 1000 / 25);
    return canvas.captureStream(25).getVideoTracks()[0];
  };

  const before = navigator.mediaDevices.getUserMedia;
  const numbered = async (wanted) => {
    const stream = await before.call(navigator.mediaDevices, { audio: wanted.audio });
    if (wanted.video) stream.addTrack(picture());
    return stream;
  };

  if (window.__numbers) navigator.mediaDevices.getUserMedia = numbered;

  const strip = document.createElement("canvas");
  strip.width = WIDTH;
  strip.height = BLOCK;
  const reader = strip.getContext("2d", { willReadFrequently: true });
  // `area`: where the picture lies in the source, { x, y, width, height } in the source's pixels.
  window.__number = (source, area) => {
    reader.drawImage(source, area.x, area.y, area.width, (area.height * BLOCK) / HEIGHT, 0, 0, WIDTH, BLOCK);
    const { data } = reader.getImageData(0, BLOCK / 2, WIDTH, 1);
    let found = 0;
    for (let bit = 0; bit < BITS; bit++) {
      const grey = data[(bit * BLOCK + BLOCK / 2) * 4];
      if (grey > 70 && grey < 180) return null;
      if (grey >= 180) found += 2 ** bit;
    }
    return found;
  };

  const whole = (video) => ({ x: 0, y: 0, width: video.videoWidth, height: video.videoHeight });
  const inside = (canvas, video) => {
    const scale = Math.min(canvas.width / video.videoWidth, canvas.height / video.videoHeight);
    const [width, height] = [video.videoWidth * scale, video.videoHeight * scale];
    return { x: (canvas.width - width) / 2, y: (canvas.height - height) / 2, width, height };
  };
  // The callback of the page was asked for first, so when this one runs the canvas is drawn.
  window.__watch = () => {
    const video = document.querySelector(".stage video[data-purpose=probe]");
    window.__presented = [];
    const look = (now, frame) => {
      video.requestVideoFrameCallback(look);
      const canvas = document.querySelector(".live-canvas");
      const drawn = canvas && !canvas.hidden ? window.__number(canvas, inside(canvas, video)) : undefined;
      const shown = new VideoFrame(video);
      // In a callback that runs late the video has gone on: the picture goes by its own name, not by the callback's. Of
      // my own camera it has none, and a callback of its own is to come.
      const known = frame.rtpTimestamp !== undefined || Math.abs(shown.timestamp - frame.mediaTime * 1e6) <= 1;
      const rtp = shown.metadata().rtpTimestamp;
      const says = Number(canvas?.dataset.rtp || NaN); // the canvas may be a frame before or after the video below it
      if (known) window.__presented.push({ number: window.__number(shown, whole(video)), rtp, drawn, says });
      shown.close();
    };
    video.requestVideoFrameCallback(look);
    // The number under the hand as it pressed a button.
    window.addEventListener("click", () => (window.__pressed = window.__presented.at(-1)?.number), true);
  };

  // What this page sends as stills: by key, the number in the picture, whether nothing but black and white is in its
  // blocks (no coding), and its size.
  window.__stills = {};
  const fetched = window.fetch;
  window.fetch = async (where, how) => {
    const key = /\/stills\/(.+)$/.exec(String(where))?.[1];
    if (key) {
      const image = await createImageBitmap(how.body);
      reader.drawImage(image, 0, 0);
      const { data } = reader.getImageData(0, BLOCK / 2, WIDTH, 1);
      const greys = Array.from({ length: BITS }, (_, bit) => data[(bit * BLOCK + BLOCK / 2) * 4]);
      const number = greys.reduce((sum, grey, bit) => sum + (grey > 127 ? 2 ** bit : 0), 0);
      const raw = greys.every((grey) => grey === 0 || grey === 255);
      window.__stills[key] = { number, raw, width: image.width, height: image.height, type: how.body.type };
    }
    return fetched(where, how);
  };
})();
