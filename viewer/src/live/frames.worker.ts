// Beside the page: what the probe's encoder sends and what its capture made, brought together. Encoded frames pass through
// untouched. Asked for a frame by its key, it answers with that raw frame as PNG.
import { Alignment } from './align'
import { Comparison } from './compare'
import type { EncodedFrame } from './compare'
import type { FromWorker, RawFrame, ToWorker } from './frames'
import { RawRing } from './rawring'
import { SentFrames } from './sent'

interface Kept {
  data: ArrayBuffer
  init: object
}
interface Transformer {
  readable: ReadableStream<EncodedFrame>
  writable: WritableStream<EncodedFrame>
}
declare const VideoFrame: new (data: ArrayBuffer, init: object) => RawFrame & CanvasImageSource

const sent = new SentFrames()
const raws = new RawRing<Kept>()
const alignment = new Alignment()
const comparison = new Comparison(
  alignment,
  () => raws.times(),
  (us) => pictureAt(us),
)
const scope = globalThis as unknown as {
  postMessage(message: FromWorker): void
  onmessage: ((event: { data: ToWorker }) => void) | null
  onrtctransform: ((event: { transformer: Transformer }) => void) | null
}

scope.onrtctransform = ({ transformer: { readable, writable } }) => {
  comparison.stop()
  alignment.reset()
  const noting = new TransformStream<EncodedFrame, EncodedFrame>({
    transform(frame, out) {
      note(frame)
      out.enqueue(frame)
    },
  })
  readable
    .pipeThrough(noting)
    .pipeTo(writable)
    .catch(() => undefined) // the sender is gone
}

scope.onmessage = ({ data }) => {
  if ('frames' in data) void keep(data.frames.getReader())
  else void answer(data.key, data.rtp)
}

scope.postMessage({ ready: true })

/** Nothing that goes wrong here may hold up a frame that is on its way to somebody. */
function note(frame: EncodedFrame): void {
  try {
    const rtp = frame.getMetadata().rtpTimestamp
    if (rtp === undefined) return
    comparison.take(frame, rtp)
    const us = alignment.pair(rtp, raws.times()) ?? alignment.timeOf(rtp) // the processor drops some under load
    if (us === null) return
    sent.add({ us, rtp })
    scope.postMessage({ sent: { us, rtp } })
  } catch {
    comparison.stop()
  }
}

async function keep(frames: ReadableStreamDefaultReader<RawFrame>): Promise<void> {
  raws.clear()
  for (;;) {
    const { value, done } = await frames.read()
    if (done) return
    await copy(value).catch(() => undefined) // a format that cannot be copied is one that cannot be frozen
    value.close()
  }
}

async function copy(frame: RawFrame): Promise<void> {
  const { format, timestamp, codedWidth, codedHeight, visibleRect, displayWidth, displayHeight, colorSpace } = frame
  const data = new ArrayBuffer(frame.allocationSize())
  const layout = await frame.copyTo(data)
  const { width, height } = visibleRect ?? { width: codedWidth, height: codedHeight }
  const size = { codedWidth: width, codedHeight: height, displayWidth, displayHeight }
  const init = { format, timestamp, layout, colorSpace: colorSpace.toJSON(), ...size }
  raws.add({ us: timestamp, bytes: data.byteLength, content: { data, init } })
}

/** Null: that frame is not mine, was not kept, or is gone. */
async function answer(key: string, rtp: number): Promise<void> {
  const us = sent.usOf(rtp) ?? alignment.timeOf(rtp)
  const picture = us === null ? null : made(raws.near(us))
  const png = picture && (await encoded(picture).catch(() => null))
  scope.postMessage({ key, png })
}

function pictureAt(us: number): (RawFrame & CanvasImageSource) | null {
  return made(raws.at(us))
}

function made(kept: Kept | null): (RawFrame & CanvasImageSource) | null {
  return kept && new VideoFrame(kept.data, kept.init)
}

async function encoded(frame: RawFrame & CanvasImageSource): Promise<Blob> {
  const canvas = new OffscreenCanvas(frame.displayWidth, frame.displayHeight)
  canvas.getContext('2d', { alpha: false })?.drawImage(frame, 0, 0)
  frame.close()
  return canvas.convertToBlob({ type: 'image/png' })
}
