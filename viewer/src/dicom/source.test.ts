import { expect, test } from 'vitest'
import type { InstanceId, SeriesId, StudyId } from '../session/wire.gen'
import { noteIn, Source } from './source'

test('what the server did to a frame is said only where it matters', () => {
  expect(noteIn('')).toBe(null)
  expect(noteIn('stored')).toBe(null)
  expect(noteIn('compressed')).toBe(null)
  expect(noteIn('decoded; why=sign')).toBe('decoded')
  expect(noteIn('decoded; why=depth')).toBe('depth')
})

test('a frame comes with its transfer syntax, its bytes and the note', async () => {
  const body =
    '--x\r\nContent-Type: application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.80\r\n\r\nabc\r\n--x--\r\n'
  const headers = { 'Content-Type': 'multipart/related; boundary=x', 'Sefaw-Frame': 'decoded; why=sign' }
  const source = new Source('/root', async () => new Response(body, { headers }))
  const picture = { study: '1.2' as StudyId, series: '1.3' as SeriesId, instance: '1.4' as InstanceId, frame: 1 }
  const frame = await source.frame(picture)
  expect(frame.transferSyntax).toBe('1.2.840.10008.1.2.4.80')
  expect(new TextDecoder().decode(frame.bytes)).toBe('abc')
  expect(frame.note).toBe('decoded')
})
