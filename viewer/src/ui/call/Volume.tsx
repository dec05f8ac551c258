// How loud I hear this person, or not at all. For me alone, and only in this call.
import { Volume2, VolumeX } from 'lucide'

import { setSilenced, setVolume, silenced, volumes, volumeWorks } from '../../app/volume'
import { t } from '../../i18n'
import type { ParticipantId } from '../../session/wire.gen'
import { Icon } from '../kit/Icon'

export function Volume({ who, name }: { who: ParticipantId; name: string }) {
  const silent = silenced.value.has(who)
  const percent = Math.round((volumes.value.get(who) ?? 1) * 100)
  return (
    <div class="volume">
      <button
        type="button"
        class={`button plain only-icon${silent ? ' mark-off' : ''}`}
        aria-label={t('people.silence', { name })}
        aria-pressed={silent}
        title={t('people.silence', { name })}
        onClick={() => setSilenced(who, !silent)}
      >
        <Icon of={silent ? VolumeX : Volume2} />
      </button>
      {volumeWorks.value && (
        <input
          type="range"
          min={0}
          max={100}
          step={5}
          value={silent ? 0 : percent}
          aria-label={t('people.volume', { name })}
          aria-valuetext={t('people.percent', { percent: silent ? 0 : percent })}
          onInput={(event) => {
            setSilenced(who, false)
            setVolume(who, event.currentTarget.valueAsNumber / 100)
          }}
        />
      )}
      <span class="quiet small">{silent ? t('people.silenced') : t('people.percent', { percent })}</span>
    </div>
  )
}
