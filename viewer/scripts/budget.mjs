// Fails the build when the JavaScript from sign-in to call is heavier than a weak line can bear.
// Lazy chunks (loaded on request) do not count: only what the entry imports statically.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const BUDGET = 150_000
const out = join(import.meta.dirname, '../../sefaw_rtc/web/static')
const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))

const needed = new Set()
function need(key) {
  const chunk = manifest[key]
  if (!chunk || needed.has(chunk.file)) return
  needed.add(chunk.file)
  for (const next of chunk.imports ?? []) need(next)
}
for (const [key, chunk] of Object.entries(manifest)) if (chunk.isEntry) need(key)

let total = 0
for (const file of needed) {
  if (file.endsWith('.js')) total += gzipSync(readFileSync(join(out, file)), { level: 9 }).length
}
console.log(`JavaScript from sign-in to call: ${(total / 1000).toFixed(1)} kB gzip of ${BUDGET / 1000} kB`)
if (total === 0 || total > BUDGET) {
  console.error('over budget (or nothing found): see scripts/budget.mjs')
  process.exit(1)
}
