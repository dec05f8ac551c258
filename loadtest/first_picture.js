// Before the page's own scripts: when this page heard that a series is opened, what of it was drawn when, what the page said
// of it, and how far the rest had come (ms of performance.now()).
(() => {
  const first = (window.__first = { opened: [], drawn: [], told: [] });
  const now = () => performance.now();

  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        const at = now();
        JSON.parse(data, (_, value) => {
          if (value?.type === "view_changed" && value.image) first.opened.push([at, value.image.series]);
          return value;
        });
      });
    }
  };

  // Cornerstone says when it has drawn: within the paint that is told as `painted` then, or in the next frame of the screen. The
  // server's preview is drawn when `painted` is told.
  let [exact, rendered] = [null, false];
  document.addEventListener("painted", ({ target, detail }) => {
    const within = rendered;
    rendered = false;
    exact = null;
    if (!detail) return;
    const { series } = detail.image;
    const isShown = (part) => !(target.querySelector(part)?.hidden ?? true);
    if (isShown(".pane-plain")) first.drawn.push([now(), series, "preview"]);
    else if (!isShown(".pane-picture")) return;
    else if (within) first.drawn.push([now(), series, "exact"]);
    else exact = series;
  });
  document.addEventListener(
    "CORNERSTONE_IMAGE_RENDERED",
    () => {
      rendered = !exact;
      if (exact) first.drawn.push([now(), exact, "exact"]);
      exact = null;
    },
    true,
  );

  // What the page says in words, and the pane's own figures.
  const tell = () => {
    const pane = document.querySelector(".pane");
    if (!pane) return;
    const { instance, plain, behind, count } = pane.dataset;
    const words = [...document.querySelectorAll(".viewport-line .coming")].map((one) => one.textContent);
    first.told.push([now(), instance ?? "", plain === "true", Number(behind), Number(count), words]);
  };
  document.addEventListener("DOMContentLoaded", () =>
    new MutationObserver(tell).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
      attributeFilter: ["data-instance", "data-plain", "data-behind", "data-count"],
    }),
  );

  window.__forget_first = () => {
    for (const list of Object.values(first)) list.length = 0;
  };
})();
