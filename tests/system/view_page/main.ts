// What the tests of View ↔ Cornerstone ask of the page. It uses the viewer's modules as the viewer does.
import {
  cache,
  getRenderingEngines,
} from "../../../viewer/node_modules/@cornerstonejs/core";

import * as engine from "../../../viewer/src/dicom/engine";
import { chance } from "../../../viewer/src/dicom/chance.testing";
import type { Hardware } from "../../../viewer/src/dicom/gpu";
import { Pane } from "../../../viewer/src/dicom/pane";
import type { News } from "../../../viewer/src/dicom/news";
import { Source } from "../../../viewer/src/dicom/source";
import {
  apply,
  canvasSize,
  readAffine,
  readSight,
  showImage,
} from "../../../viewer/src/dicom/stack";
import type { Stack } from "../../../viewer/src/dicom/stack";
import {
  affineOf,
  fromArea,
  scaleOf,
  toArea,
  whole,
} from "../../../viewer/src/dicom/view";
import type { Geometry, Greys, Sight } from "../../../viewer/src/dicom/view";
import "../../../viewer/src/ui/pictures/viewport.css";
import { onCanvas } from "../../../viewer/src/marks/affine";
import type { Picture } from "../../../viewer/src/session/wire.gen";

interface Worst {
  centre: number;
  edges: number;
  scale: number;
  rotation: number;
  flips: number;
  canvas: number;
  tries: number;
}

const place = document.getElementById("place") as HTMLDivElement;
let stack: Stack;
let ids: string[] = [];

function frame(): Promise<number> {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}

async function sized(
  width: number,
  height: number,
  ratio: number,
): Promise<void> {
  Object.defineProperty(window, "devicePixelRatio", {
    value: ratio,
    configurable: true,
  });
  place.style.width = `${width}px`;
  place.style.height = `${height}px`;
  await frame();
  engine.resize();
  await frame();
}

async function shown(id: string): Promise<void> {
  await engine.fetchImage(id, new AbortController().signal);
  if (!(await showImage(stack, id)))
    throw new Error("another picture is shown");
}

const api = {
  begin: (hardware: Hardware) => engine.startEngine(hardware),

  async start(
    hardware: Hardware,
    root: string,
    pictures: Picture[],
  ): Promise<void> {
    engine.startEngine(hardware);
    const source = new Source(root);
    const instances = await Promise.all(
      pictures.map((one) => source.instance(one)),
    );
    ids = instances.map((instance) =>
      engine.announce({ instance, frame: 1 }, source),
    );
    await sized(400, 300, 1);
    stack = engine.enable(place, "one");
    for (const id of ids)
      await engine.fetchImage(id, new AbortController().signal);
    await stack.setStack(ids, 0);
    await frame();
  },

  /** Random Views on random canvases: over the wire, applied, read back. The worst differences, in px of the source. */
  async exact(seed: number, canvases: number, views: number): Promise<Worst> {
    const next = chance(seed);
    const worst: Worst = {
      centre: 0,
      edges: 0,
      scale: 0,
      rotation: 0,
      flips: 0,
      canvas: 0,
      tries: 0,
    };
    for (let n = 0; n < canvases; n++) {
      const ratio =
        [0.75, 1, 1.25, 1.5, 2, 2.625, 3][Math.floor(next() * 7)] ?? 1;
      await sized(
        Math.round(100 + next() * 500),
        Math.round(100 + next() * 500),
        ratio,
      );
      for (let m = 0; m < views; m++) {
        const id = ids[Math.floor(next() * ids.length)] ?? ''
        await shown(id)
        const { instance } = engine.shotOf(id)!
        const { geometry } = instance
        const area = toArea(anySight(geometry, next), geometry.unit)
        const wanted = fromArea(area, geometry)
        apply(stack, wanted, anyGreys(next), instance)
        stack.render()
        compare(worst, wanted, geometry)
      }
    }
    return worst;
  },

  /** The pixels on the canvas after a View, as RGBA rows. */
  async pixels(at: number, width: number, height: number, greys: Greys | null): Promise<number[]> {
    await sized(width, height, 1)
    const id = ids[at] ?? ''
    await shown(id)
    const { instance } = engine.shotOf(id)!
    apply(stack, whole(instance.geometry), greys, instance)
    stack.render()
    await frame()
    await frame()
    const data = stack.canvas.getContext('2d')!.getImageData(0, 0, stack.canvas.width, stack.canvas.height)
    return [...data.data]
  },

  /** The values that one picture has in the viewer, as Float32 in base64. */
  async values(root: string, picture: Picture): Promise<string> {
    const source = new Source(root)
    const instance = await source.instance(picture)
    const id = engine.announce({ instance, frame: 1 }, source)
    await engine.fetchImage(id, new AbortController().signal)
    const stored = cache.getImage(id)!.voxelManager!.getScalarData() as ArrayLike<number>
    const { slope, intercept } = instance.tables
    const values = Float32Array.from(stored, (one) => one * slope + intercept)
    engine.forget([id])
    return btoa(Array.from(new Uint8Array(values.buffer), (one) => String.fromCharCode(one)).join(''))
  },
};

/** A pane as the stage has it, and what it last said. */
let pane: Pane | null = null;
let news: News | null = null;

const panes = {
  async show(root: string, image: Picture): Promise<void> {
    place.className = "pane";
    place.style.width = place.style.height = "300px";
    pane ??= new Pane(
      place,
      new Source(root),
      () => performance.now() * 1000,
      (said) => (news = said),
    );
    pane.want({ image, area: null, voi: null, cine: null, cine_t: 0 });
    await frame();
  },
  news: () => news && { ...news, shot: news.shot?.instance.instance ?? null },
  close(): void {
    pane?.close();
    pane = news = null;
  },
  retry: () => pane?.retry(),
  hardware: () => engine.hardware(),
  /** Another one each time that the renderer is made anew. */
  renderer: () => getRenderingEngines()!.at(-1)!.id,
  /** How many different values are on the canvas: a black one has one. */
  async colours(): Promise<number> {
    await frame();
    await frame();
    const canvas = place.querySelector<HTMLCanvasElement>(
      "canvas.cornerstone-canvas",
    );
    if (!canvas) return 0;
    const { data } = canvas
      .getContext("2d")!
      .getImageData(0, 0, canvas.width, canvas.height);
    return new Set(data).size;
  },
  /** What a driver that crashes does. */
  loseGpu(): void {
    const pool = (getRenderingEngines()![0] as unknown as { contextPool: Pool })
      .contextPool;
    for (const one of pool.getAllContexts()) {
      const canvas = one.getOpenGLRenderWindow().getCanvas();
      canvas
        .getContext("webgl2")!
        .getExtension("WEBGL_lose_context")!
        .loseContext();
    }
  },
};

interface Pool {
  getAllContexts(): {
    getOpenGLRenderWindow(): { getCanvas(): HTMLCanvasElement };
  }[];
}

function anySight(geometry: Geometry, next: () => number): Sight {
  const all = whole(geometry);
  const zoom = Math.exp(Math.log(0.3) + next() * Math.log(40));
  return {
    centre: { x: next(), y: next() },
    width: (all.width / zoom) * (0.6 + next()),
    height: (all.height / zoom) * (0.6 + next()),
    rotation: next() < 0.5 ? Math.floor(next() * 4) * 90 : next() * 360,
    flipX: next() < 0.5,
    flipY: next() < 0.5,
  };
}

function anyGreys(next: () => number): Greys {
  return {
    centre: next() * 200,
    width: 1 + next() * 400,
    curve: "linear",
    invert: next() < 0.5,
    map: "grey",
  };
}

function compare(worst: Worst, wanted: Sight, geometry: Geometry): void {
  const { columns, rows } = geometry;
  const [found, canvas] = [readSight(stack, geometry), canvasSize(stack)];
  const max = (key: keyof Worst, value: number): void => {
    if (!(value <= worst[key])) worst[key] = value; // NaN is worse than anything
  };
  max("centre", Math.abs(found.centre.x - wanted.centre.x) * columns);
  max("centre", Math.abs(found.centre.y - wanted.centre.y) * rows);
  max("scale", Math.abs(scaleOf(found, canvas) / scaleOf(wanted, canvas) - 1));
  max(
    "rotation",
    Math.abs(((found.rotation - wanted.rotation + 540) % 360) - 180),
  );
  max(
    "flips",
    Number(found.flipX !== wanted.flipX) + Number(found.flipY !== wanted.flipY),
  );
  // And our own drawing of marks against what the renderer says, in source px, at the corners of the picture that is seen.
  const [ours, theirs] = [
    affineOf(wanted, geometry, canvas),
    readAffine(stack),
  ];
  const pixel = scaleOf(wanted, canvas) * Math.min(geometry.sx, geometry.sy);
  for (const [dx, dy] of [
    [-1, -1],
    [1, -1],
    [-1, 1],
    [1, 1],
  ] as const) {
    const at = {
      x: wanted.centre.x + (dx * wanted.width) / (2 * columns * geometry.sx),
      y: wanted.centre.y + (dy * wanted.height) / (2 * rows * geometry.sy),
    };
    const [p, q] = [onCanvas(ours, at), onCanvas(theirs, at)];
    max("edges", Math.hypot(p.x - q.x, p.y - q.y) / pixel);
  }
  max(
    "canvas",
    Math.abs(canvas.width - place.clientWidth) +
      Math.abs(canvas.height - place.clientHeight),
  );
  worst.tries += 1;
}

Object.assign(window, { exact: api, panes });
