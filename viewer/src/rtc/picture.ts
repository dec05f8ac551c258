// A picture made small enough for a weak line, and without what a camera hides in it (place, time, device): it is drawn
// anew, so that nothing but its pixels is sent.

const LONGEST_PX = 2048 // a document photographed by a phone stays readable; some 0.5 MB
const QUALITY = 0.85

/** Null where the browser cannot read the file as a picture. */
export async function redraw(file: Blob): Promise<Blob | null> {
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
    const scale = Math.min(1, LONGEST_PX / Math.max(bitmap.width, bitmap.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.max(1, Math.round(bitmap.width * scale))
    canvas.height = Math.max(1, Math.round(bitmap.height * scale))
    const pen = canvas.getContext('2d', { alpha: false })
    if (!pen) return null
    pen.fillStyle = '#fff' // what was transparent: JPEG would make it black
    pen.fillRect(0, 0, canvas.width, canvas.height)
    pen.imageSmoothingQuality = 'high'
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
    bitmap.close()
    return await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY))
  } catch {
    return null
  }
}

/** The first picture among pasted, dropped or chosen files. */
export function pictureIn(files: Iterable<File> | null | undefined): File | null {
  for (const file of files ?? []) if (file.type.startsWith('image/')) return file
  return null
}
