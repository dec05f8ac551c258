// The viewer is a megabyte: it comes while somebody waits in the lobby, so that it is not in the way of a first picture on a
// weak line. Once: the browser keeps it until the next version.
const QUIET_MS = 20_000 // the page, the list and the camera's preview are there by then

/** `load` once it has been quiet for long enough; the answer takes it back. What does not come now comes with the picture. */
export function ahead(load: () => Promise<unknown>): () => void {
  const timer = setTimeout(() => void load().catch(() => undefined), QUIET_MS)
  return () => clearTimeout(timer)
}
