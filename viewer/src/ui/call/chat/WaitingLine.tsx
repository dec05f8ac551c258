// A line of mine that is on its way, waits for the connection, or was refused.
import { RotateCw, Trash2 } from 'lucide'

import { again, drop } from '../../../app/outbox'
import type { Waiting } from '../../../app/outbox'
import { known, t } from '../../../i18n'
import { Button } from '../../kit/Button'
import { VoicePlayer } from './VoicePlayer'

export function WaitingLine({ line }: { line: Waiting }) {
  const { file } = line
  return (
    <li class="chat-line mine waiting">
      {file?.kind === 'picture' && <img class="chat-picture" src={file.url} alt={t('chat.picture_ready')} />}
      {file?.kind === 'voice' && <VoicePlayer url={file.url} name="" durationMs={file.durationMs} />}
      {line.text && <p class="chat-text">{line.text}</p>}
      <Fate line={line} />
    </li>
  )
}

function Fate({ line }: { line: Waiting }) {
  if (line.state === 'waiting') return <p class="quiet small">{t('chat.waiting')}</p>
  if (line.state === 'sending') {
    if (!line.file) return null // a moment
    const percent = Math.round(line.share * 100)
    return (
      <p class="quiet small">
        <progress max={100} value={percent} aria-label={t('chat.sending')} /> {`${percent} %`}
      </p>
    )
  }
  const ofFile = `chat.file_failed.${line.code}`
  return (
    <div class="voice-actions">
      <p class="small amber-text" role="alert">
        {line.file && known(ofFile) ? t(ofFile) : t(`error.${line.code}`)}
      </p>
      <Button icon={Trash2} tone="plain" onPress={() => drop(line.key)}>
        {t('chat.remove')}
      </Button>
      <Button icon={RotateCw} onPress={() => again(line.key)}>
        {t('chat.again')}
      </Button>
    </div>
  )
}
