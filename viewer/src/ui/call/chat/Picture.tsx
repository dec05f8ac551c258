// A picture in the chat: small in its line, large in a dialog of its own.
import { useState } from 'preact/hooks'

import { t } from '../../../i18n'
import { Button } from '../../kit/Button'
import { Dialog } from '../../kit/Dialog'

interface ChatPictureProps {
  url: string
  name: string
  width: number
  height: number
}

export function ChatPicture({ url, name, width, height }: ChatPictureProps) {
  const [open, setOpen] = useState(false)
  const [tries, setTries] = useState(0)
  const [failed, setFailed] = useState(false)
  if (failed) {
    const again = (): void => {
      setFailed(false)
      setTries(tries + 1)
    }
    return (
      <div class="chat-text" role="alert">
        <p class="small">{t('chat.not_loaded')}</p>
        <Button onPress={again}>{t('chat.again')}</Button>
      </div>
    )
  }
  return (
    <>
      <button
        type="button"
        class="chat-picture"
        aria-label={t('chat.picture_open', { name })}
        onClick={() => setOpen(true)}
      >
        <img key={tries} src={url} alt="" width={width} height={height} onError={() => setFailed(true)} />
      </button>
      {open && <Large url={url} name={name} onClose={() => setOpen(false)} />}
    </>
  )
}

function Large({ url, name, onClose }: { url: string; name: string; onClose: () => void }) {
  const [zoomed, setZoomed] = useState(false)
  return (
    <Dialog title={t('chat.picture_of', { name })} onClose={onClose} wide>
      <button
        type="button"
        class={zoomed ? 'large-picture zoomed' : 'large-picture'}
        aria-pressed={zoomed}
        aria-label={t('chat.zoom')}
        onClick={() => setZoomed(!zoomed)}
      >
        <img src={url} alt={t('chat.picture_of', { name })} />
      </button>
    </Dialog>
  )
}
