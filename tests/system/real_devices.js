// The browser's own (fake) devices instead of the pattern: they can be listed, chosen, unplugged and refused. Pictures
// are kept at 480p, for two cores. `window.__unplug(label)` pulls a device out as the browser would report it, and
// `window.__plug(label)` puts it back.
(() => {
  const media = navigator.mediaDevices;
  const open = media.getUserMedia.bind(media);
  const list = media.enumerateDevices.bind(media);
  const away = new Set();
  const tracks = [];

  const small = (video) =>
    video && typeof video === "object" ? { ...video, width: { ideal: 640 }, height: { ideal: 480 } } : video;
  const isAway = (device) => away.has(device.label);

  // Fixed, so that the pattern's own devices do not take their place.
  Object.defineProperty(media, "getUserMedia", {
    value: async (wanted) => {
      const present = await media.enumerateDevices();
      const known = (kind) => present.some((device) => device.kind === kind) || away.size === 0;
      if ((wanted.audio && !known("audioinput")) || (wanted.video && !known("videoinput")))
        throw new DOMException("", "NotFoundError");
      const stream = await open({ ...wanted, video: small(wanted.video) });
      for (const track of stream.getTracks()) {
        if (!isAway(track)) continue;
        // The browser's default is what was pulled out: the next of its kind is the default now.
        track.stop();
        stream.removeTrack(track);
        const kind = track.kind === "audio" ? "audioinput" : "videoinput";
        const next = present.find((device) => device.kind === kind && device.deviceId !== "default");
        const again = await open({ [track.kind]: { deviceId: { exact: next.deviceId } } });
        stream.addTrack(again.getTracks()[0]);
      }
      tracks.push(...stream.getTracks());
      return stream;
    },
  });
  Object.defineProperty(media, "enumerateDevices", {
    value: async () => (await list()).filter((device) => !isAway(device)),
  });

  window.__unplug = (label) => {
    away.add(label);
    for (const track of tracks.filter((one) => one.label === label && one.readyState === "live")) {
      track.stop();
      track.dispatchEvent(new Event("ended"));
    }
    media.dispatchEvent(new Event("devicechange"));
  };
  window.__plug = (label) => {
    away.delete(label);
    media.dispatchEvent(new Event("devicechange"));
  };
})();
