// The viewer's own modules behind a page of the tests: nothing is copied, and they are built as the viewer builds them.
import viewer from '../../../viewer/vite.config'

export default { ...viewer, build: { ...viewer.build, outDir: process.env['OUT'], manifest: false } }
