// How the pages are built: into the server's package, nothing inline (strict CSP), one chunk a visit needs.
import { defineConfig } from 'vitest/config'

const SERVER = process.env['SEFAW_DEV_SERVER'] ?? 'http://127.0.0.1:8080'

export default defineConfig({
  build: {
    outDir: '../sefaw_rtc/web/static',
    emptyOutDir: true,
    // The oldest browsers we carry (docs/browsers.md); older ones are told so by public/assets/old-1.js.
    target: ['chrome109', 'firefox115', 'safari16'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: 'manifest.json',
    // Cornerstone is one part that is loaded when pictures are first looked at; scripts/budget.mjs guards the rest.
    chunkSizeWarningLimit: 3500,
  },
  // Decoders of pictures run in a worker that is a module and has parts of its own.
  worker: { format: 'es' },
  server: {
    fs: { allow: ['..'] }, // the timeline's words are beside the code that exports it
    proxy: { '/api': SERVER, '/wire': { target: SERVER, ws: true } },
  },
  // Cornerstone's loader finds its worker and decoders beside its own files: it must not be bundled for `npm run dev`.
  optimizeDeps: {
    exclude: ['@cornerstonejs/dicom-image-loader', '@cornerstonejs/metadata', '@cornerstonejs/utils'],
    include: ['dicom-parser', 'dcmjs', '@cornerstonejs/metadata > dcmjs'],
  },
  test: {
    include: ['src/**/*.test.{ts,tsx}'],
    environment: 'happy-dom',
    restoreMocks: true,
    testTimeout: 30_000, // ends what hangs; a slow machine is no failure
  },
})
