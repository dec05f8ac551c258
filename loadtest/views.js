// Before the page's own scripts: when a hand changed a View on this page, and when a View was drawn on it (ms of Date.now(),
// one clock for both browsers of a machine).
(() => {
  const HEADER = 11;
  const UID = 64;
  const [AREA, VOI, IMAGE] = [2, 3, 4];
  let moved = 0;
  const views = (window.__views = { changes: [], drawn: [], framed: [], last: null });
  document.addEventListener("pointermove", () => (moved = Date.now()), true);

  // Within a frame of the screen: what is drawn then is shown with it, not with the next one.
  let inFrame = false;
  const { requestAnimationFrame: frame } = window;
  window.requestAnimationFrame = (then) =>
    frame((at) => {
      inFrame = true;
      try {
        then(at);
      } finally {
        inFrame = false;
      }
    });

  // What a change is known by: the numbers that a drag changes.
  const key = (kind, a, b) => `${kind} ${a} ${b}`;
  const uid = (data) =>
    String.fromCharCode(...Array.from({ length: UID }, (_, n) => data.getUint8(HEADER + n)).filter(Boolean));
  const said = {
    [AREA]: (data) => key("area", data.getInt32(HEADER), data.getInt32(HEADER + 4)),
    [VOI]: (data) => key("voi", data.getInt32(HEADER), data.getUint32(HEADER + 4)),
    [IMAGE]: (data) => key("image", uid(data), data.getUint32(HEADER + UID)),
  };

  // A fast message carries the newest change: that of the last move of the hand before it.
  const { send } = RTCDataChannel.prototype;
  RTCDataChannel.prototype.send = function (bytes) {
    const data = bytes instanceof Uint8Array ? new DataView(bytes.buffer, bytes.byteOffset) : null;
    const what = data && said[data.getUint8(1)];
    if (what) views.changes.push([moved, what(data)]);
    send.call(this, bytes);
  };

  const keysOf = ({ image, area, voi }) => [
    key("image", image.instance, image.frame),
    ...(area ? [key("area", area.centre_x, area.centre_y)] : []),
    ...(voi ? [key("voi", voi.centre, voi.width)] : []),
  ];
  const draw = ({ image, area, voi }) => {
    const keys = keysOf({ image, area, voi });
    views.drawn.push([Date.now(), keys]);
    views.last = JSON.stringify({ image, area, voi });
    if (inFrame) framed(keys);
    else frame(() => framed(keys));
  };
  // Behind the frame of the screen that has it: once the page has handed that frame over.
  const framed = (keys) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => views.framed.push([Date.now(), keys]);
    port2.postMessage(null);
  };
  // The processor draws at once. On a GPU Cornerstone draws with the next frame and says so, by an event that does not bubble.
  let waiting = null;
  document.addEventListener("painted", ({ target, detail }) => {
    if (!detail) return;
    if (target.dataset.showing === "cpu_only") draw(detail);
    else waiting = detail;
  });
  const rendered = () => {
    if (waiting) draw(waiting);
    waiting = null;
  };
  document.addEventListener("CORNERSTONE_IMAGE_RENDERED", rendered, true);
})();
