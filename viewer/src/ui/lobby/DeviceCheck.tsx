// A look at myself and a bar that moves when I speak. A problem is one amber line with its fix, never a gate.
import { VideoOff } from 'lucide'

import { preview } from '../../app/devices'
import { t } from '../../i18n'
import * as store from '../../session/store'
import { Button } from '../kit/Button'
import { Icon } from '../kit/Icon'
import { LevelBar } from '../kit/LevelBar'
import { Strip } from '../kit/Strip'
import { TrackVideo } from '../kit/TrackVideo'

export function DeviceCheck() {
  const { microphone, camera } = store.devices.value
  const asking = microphone.state === 'asking' || camera.state === 'asking'
  const off = microphone.state === 'off' && camera.state === 'off'
  return (
    <section class="card device-check" aria-labelledby="check-title">
      <h2 id="check-title">{t('check.title')}</h2>
      <div class="check-body">
        <div class="preview">
          {camera.track ? (
            <TrackVideo track={camera.track} label={t('check.picture')} mirrored />
          ) : (
            <Icon of={VideoOff} size={28} />
          )}
        </div>
        <div class="check-words">
          {off ? (
            <>
              <p class="quiet">{t('check.preview_off')}</p>
              <Button onPress={preview}>{t('check.start')}</Button>
            </>
          ) : (
            <>
              <LevelBar track={microphone.track} />
              {asking && <p class="quiet small">{t('check.asking')}</p>}
              {microphone.state === 'on' && <p class="quiet small">{t('check.speak')}</p>}
            </>
          )}
        </div>
      </div>
      <DeviceProblem />
    </section>
  )
}

/** One line at a time: what both have in common, else the microphone, which matters more. */
export function DeviceProblem() {
  const { microphone, camera } = store.devices.value
  const trouble = microphone.problem ?? camera.problem
  if (!trouble) return null
  const alone = microphone.problem ? 'microphone' : 'camera'
  const which = microphone.problem === camera.problem ? 'both' : alone
  return (
    <Strip tone="warn" words={t(`device.${which}.${trouble}`)}>
      {trouble !== 'held' && <Button onPress={preview}>{t('check.again')}</Button>}
    </Strip>
  )
}
