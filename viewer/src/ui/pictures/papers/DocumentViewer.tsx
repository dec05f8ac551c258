// An encapsulated PDF (PS3.3 A.45.1) in the browser's own viewer, or to be saved where there is none.
//
// The frame holds a blob whose type we set after a look at its first bytes: a browser never runs it as a page. A
// sandboxed frame would not do: Chromium shows no PDF in one.
import { Download, ExternalLink } from 'lucide'
import { useEffect, useState } from 'preact/hooks'

import { t } from '../../../i18n'
import { bulkOf, metadataOf } from '../../../session/dicomweb'
import type { Picture } from '../../../session/wire.gen'
import { Icon } from '../../kit/Icon'
import { useLoaded } from '../loaded'

const DOCUMENT = '00420011'
const PDF = 'application/pdf'
const BEGINS = '%PDF-'

export function DocumentViewer({ base, picture, n }: { base: string; picture: Picture; n: number }) {
  const { data, state } = useLoaded({
    load: () => load(base, picture),
    deps: [base, picture.instance],
    n,
    fit: (pdf) => pdf.size > 0,
  })
  const url = useObjectUrl(data)
  if (!data) return state
  if (data.size === 0) return <p class="paper-problem">{t('pictures.document.broken')}</p>
  const inside = (navigator as { pdfViewerEnabled?: boolean }).pdfViewerEnabled !== false
  return (
    <div class="document">
      {inside && url ? (
        <iframe src={url} title={t('pictures.document.name')} />
      ) : (
        <p class="paper-problem">{t('pictures.document.not_here')}</p>
      )}
      <p class="document-ways">
        <a class="button quiet" href={url} target="_blank" rel="noopener">
          <Icon of={ExternalLink} />
          <span>{t('pictures.document.open')}</span>
        </a>
        <a class="button quiet" href={url} download={`${picture.instance}.pdf`}>
          <Icon of={Download} />
          <span>{t('pictures.document.save')}</span>
        </a>
      </p>
    </div>
  )
}

/** Empty: it is no PDF, whatever it says of itself. */
async function load(base: string, picture: Picture): Promise<Blob> {
  const metadata = await metadataOf(base, picture)
  const uri = metadata[DOCUMENT]?.BulkDataURI
  const inline = metadata[DOCUMENT]?.InlineBinary
  const bytes = uri ? await bulkOf(base, picture, uri) : fromBase64(inline ?? '')
  const begins = String.fromCharCode(...bytes.subarray(0, BEGINS.length))
  return begins === BEGINS ? new Blob([bytes], { type: PDF }) : new Blob()
}

function fromBase64(words: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(words), (sign) => sign.charCodeAt(0))
}

function useObjectUrl(blob: Blob | null): string {
  const [url, setUrl] = useState('')
  useEffect(() => {
    if (!blob || blob.size === 0) return
    const made = URL.createObjectURL(blob)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [blob])
  return url
}
