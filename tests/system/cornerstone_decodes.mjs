// What Cornerstone's own decoders make of frames as we serve them, outside a browser: the module that its web worker runs.
// Standard input: JSON lines {module, syntax, data}; standard output: a JSON line each {values, kind} or {error}.
import { mkdtempSync, readdirSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const modules = process.argv[2]
// Each codec's WebAssembly in one folder: that is how the loader is told where they are.
const wasm = mkdtempSync(join(tmpdir(), 'wasm-'))
for (const name of readdirSync(modules).filter((one) => one.startsWith('codec-'))) {
  for (const file of readdirSync(join(modules, name, 'dist')).filter((one) => one.endsWith('.wasm'))) {
    symlinkSync(join(modules, name, 'dist', file), join(wasm, file))
  }
}
const worker = join(modules, 'dicom-image-loader/dist/esm/decodeImageFrameWorker.js')
const { decodeImageFrame } = await import(pathToFileURL(worker).href)
console.log = console.error // the codecs' remarks

for await (const line of createInterface({ input: process.stdin })) {
  const { module, syntax, data } = JSON.parse(line)
  const bytes = new Uint8Array(Buffer.from(data, 'base64'))
  let answer
  try {
    const options = { preScale: { enabled: false } }
    const frame = await decodeImageFrame({ ...module }, syntax, bytes, { wasmBasePath: wasm }, options)
    const values = Float64Array.from(frame.pixelData)
    answer = { kind: frame.pixelData.constructor.name, values: Buffer.from(values.buffer).toString('base64') }
  } catch (error) {
    answer = { error: String(error) }
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
