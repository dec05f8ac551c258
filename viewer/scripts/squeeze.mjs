// Beside every file of the build that shrinks, the same gzipped: the server sends that to whoever takes it. Cornerstone
// alone is 3.3 MB as it is, 0.9 MB so.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const WORTH = 0.9 // of its size; what does not shrink below that is left alone
const assets = join(import.meta.dirname, '../../sefaw_rtc/web/static/assets')

for (const name of readdirSync(assets)) {
  if (!/\.(js|css|wasm|svg)$/.test(name)) continue
  const plain = readFileSync(join(assets, name))
  const small = gzipSync(plain, { level: 9 })
  if (small.length < WORTH * plain.length) writeFileSync(join(assets, `${name}.gz`), small)
}
