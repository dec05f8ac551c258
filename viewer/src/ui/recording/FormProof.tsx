// The signed form, photographed; drawn anew like every picture, so that it tells nothing but what is on it.
import { ImagePlus } from 'lucide'
import { useEffect, useRef, useState } from 'preact/hooks'

import { t } from '../../i18n'
import { pictureIn, redraw } from '../../rtc/picture'
import { Button } from '../kit/Button'

export function FormProof({ proof, onProof }: { proof: Blob | null; onProof: (proof: Blob | null) => void }) {
  const input = useRef<HTMLInputElement>(null)
  const [unreadable, setUnreadable] = useState(false)
  const take = async (files: FileList | null): Promise<void> => {
    const chosen = pictureIn(files)
    const drawn = chosen && (await redraw(chosen))
    setUnreadable(chosen !== null && drawn === null)
    onProof(drawn)
  }
  return (
    <div class="consent-clip">
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        onChange={(event) => {
          void take(event.currentTarget.files)
          event.currentTarget.value = ''
        }}
      />
      {proof && <Shown proof={proof} />}
      {unreadable && <p class="field-problem">{t('recording.form_unreadable')}</p>}
      <Button icon={ImagePlus} onPress={() => input.current?.click()}>
        {t(proof ? 'recording.form_again' : 'recording.form_take')}
      </Button>
    </div>
  )
}

function Shown({ proof }: { proof: Blob }) {
  const [url, setUrl] = useState('')
  useEffect(() => {
    const made = URL.createObjectURL(proof)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [proof])
  return <img class="consent-form" src={url} alt={t('recording.form')} />
}
