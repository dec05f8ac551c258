// Files may be dropped anywhere on the call's page: they come in as pictures. Never the only way: the tab has buttons.
import { FileUp } from 'lucide'
import { useEffect, useState } from 'preact/hooks'

import { maySpeak } from '../../app/roles'
import { t } from '../../i18n'
import { pictureIn } from '../../rtc/picture'
import * as store from '../../session/store'
import { Icon } from '../kit/Icon'

export function Dropping() {
  const [over, setOver] = useState(false)
  const may = maySpeak(store.me.value?.role ?? 'observer')
  useEffect(() => {
    if (!may) return
    const watch = new AbortController()
    const on = (type: 'dragover' | 'dragleave' | 'drop', act: (event: DragEvent) => void): void =>
      window.addEventListener(type, act, { signal: watch.signal })
    on('dragover', (event) => {
      if (!holdsFiles(event)) return
      event.preventDefault()
      setOver(!forChat(event))
    })
    on('dragleave', (event) => {
      if (event.relatedTarget === null) setOver(false) // out of the window, not from one element to the next
    })
    on('drop', (event) => {
      setOver(false)
      if (!holdsFiles(event)) return
      event.preventDefault() // or the browser leaves the call to show the file
      if (!forChat(event)) take(event.dataTransfer)
    })
    return () => watch.abort()
  }, [may])
  if (!over) return null
  return (
    <div class="drop-here" aria-hidden="true">
      <p>
        <Icon of={FileUp} size={28} />
        {t('call.drop_here')}
      </p>
    </div>
  )
}

/** A photo dropped on what one writes belongs to the chat. While it is dragged its kind is known, not its content. */
function forChat(event: DragEvent): boolean {
  const inChat = event.target instanceof Element && event.target.closest('.chat-drop') !== null
  if (!inChat) return false
  return event.type !== 'drop' || pictureIn(event.dataTransfer?.files) !== null
}

function holdsFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false
}

/** A browser forgets what was dropped when the event is over: asked for now, read later. */
function take(transfer: DataTransfer | null): void {
  const dropped = [...(transfer?.items ?? [])].flatMap((item) => {
    const found = item.kind === 'file' ? (item.webkitGetAsEntry() ?? item.getAsFile()) : null
    return found ? [found] : [] // a file that was made by a page, not by the system, has no entry
  })
  import('../pictures/brought').then(
    (part) => part.broughtEntries(dropped),
    () => (store.notice.value = { kind: 'error.unreachable', tone: 'warn', code: 'unreachable' }),
  )
}
