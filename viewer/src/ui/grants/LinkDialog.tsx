// A link for the patient's own telephone: a code to scan, which shows who may see the consultation and takes it back.
import { generate } from 'lean-qr'
import { useEffect, useRef, useState } from 'preact/hooks'

import { t } from '../../i18n'
import { patientLink } from '../../session/grants'
import * as store from '../../session/store'
import type { ConsultationId } from '../../session/wire.gen'
import { Dialog } from '../kit/Dialog'
import { Strip } from '../kit/Strip'
import { stamp } from '../words'
import { problemOf } from './words'

const MOST_PX = 440

export function LinkDialog({ consultation, onClose }: { consultation: ConsultationId; onClose: () => void }) {
  const [link, setLink] = useState<{ url: string; until: number } | null>(null)
  const [problem, setProblem] = useState('')
  useEffect(() => {
    patientLink(consultation, store.csrf.value).then(setLink, (error: unknown) => setProblem(problemOf(error)))
  }, [consultation])
  return (
    <Dialog title={t('grants.patient.show')} onClose={onClose}>
      <p>{t('grants.patient.scan')}</p>
      {problem && <Strip tone="bad" words={problem} />}
      {link && <Code url={link.url} />}
      {link && <p class="quiet">{t('grants.patient.link_until', { time: stamp(link.until) })}</p>}
    </Dialog>
  )
}

/** Each of its squares is the same whole number of pixels wide: a camera reads uneven ones badly. */
function Code({ url }: { url: string }) {
  const place = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const canvas = place.current
    if (!canvas) return
    generate(url).toCanvas(canvas, { pad: 4, off: [255, 255, 255, 255] })
    const room = Math.min(MOST_PX, canvas.parentElement?.clientWidth ?? MOST_PX)
    canvas.style.width = `${canvas.width * Math.max(1, Math.floor(room / canvas.width))}px`
  }, [url])
  return <canvas ref={place} class="link-code" role="img" aria-label={t('grants.patient.code')} data-url={url} />
}
