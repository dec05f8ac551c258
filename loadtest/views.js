// Before the page's own scripts: when a hand changed a View on this page, and when a View was drawn on it (ms of Date.now(),
// one clock for both browsers of a machine).
(() => {
  const HEADER = 11;
  const [AREA, VOI] = [2, 3];
  let moved = 0;
  let painted = null;
  const views = (window.__views = { changes: [], drawn: [], last: null });
  document.addEventListener("pointermove", () => (moved = Date.now()), true);

  // What a change is known by: the numbers that a drag changes.
  const key = (kind, a, b) => `${kind} ${a} ${b}`;

  // A fast message carries the newest change: that of the last move of the hand before it.
  const { send } = RTCDataChannel.prototype;
  RTCDataChannel.prototype.send = function (bytes) {
    const data = bytes instanceof Uint8Array ? new DataView(bytes.buffer, bytes.byteOffset) : null;
    const kind = data?.getUint8(1);
    if (kind === AREA) views.changes.push([moved, key("area", data.getInt32(HEADER), data.getInt32(HEADER + 4))]);
    if (kind === VOI) views.changes.push([moved, key("voi", data.getInt32(HEADER), data.getUint32(HEADER + 4))]);
    send.call(this, bytes);
  };

  const draw = () => {
    if (!painted) return;
    const { image, area, voi } = painted;
    const keys = [];
    if (area) keys.push(key("area", area.centre_x, area.centre_y));
    if (voi) keys.push(key("voi", voi.centre, voi.width));
    views.drawn.push([Date.now(), keys]);
    views.last = JSON.stringify({ image, area, voi });
    painted = null;
  };
  // Told to be drawn; Cornerstone draws in the next frame of the screen and says so. It does not let the event bubble.
  document.addEventListener("painted", ({ detail }) => (painted = detail));
  document.addEventListener("CORNERSTONE_IMAGE_RENDERED", draw, true);
})();
