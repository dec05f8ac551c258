// Whether there is a real GPU behind WebGL. Where a program on the processor plays one, Cornerstone's own drawing on the
// processor is several times as fast (512²: 2.5–6.5 ms against 18).
export type Hardware = 'gpu' | 'cpu'

const PRETENDED = /swiftshader|llvmpipe|softpipe|software|basic render/i

export function hardwareOf(renderer: string | null): Hardware {
  return renderer === null || PRETENDED.test(renderer) ? 'cpu' : 'gpu'
}

/** The name that WebGL2 gives its renderer; null = there is none. The context is given back at once. */
export function rendererName(canvas: HTMLCanvasElement = document.createElement('canvas')): string | null {
  const gl = canvas.getContext('webgl2')
  if (!gl) return null
  const info = gl.getExtension('WEBGL_debug_renderer_info')
  const name: unknown = gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER)
  gl.getExtension('WEBGL_lose_context')?.loseContext()
  return typeof name === 'string' ? name : ''
}
