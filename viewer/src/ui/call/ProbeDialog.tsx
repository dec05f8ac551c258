// The probe as a second camera: choose it, look at it, show it; while it runs: smooth or sharp, another device, stop.
import { useEffect } from 'preact/hooks'

import { lookAtProbe, startProbe, stopProbe } from '../../app/sources'
import { t } from '../../i18n'
import * as store from '../../session/store'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { Strip } from '../kit/Strip'
import { TrackVideo } from '../kit/TrackVideo'
import { ClarityChoice } from './ClarityChoice'
import { dialog } from './panel'

export function ProbeDialog() {
  const { state, track, problem } = store.probe.value
  useEffect(() => {
    if (store.probe.value.state === 'off') void lookAtProbe()
    return () => {
      if (store.probe.value.state !== 'on') stopProbe()
    }
  }, [])
  const close = (): void => void (dialog.value = null)
  const start = (): void => {
    startProbe()
    close()
  }
  const stop = (): void => {
    stopProbe()
    close()
  }
  return (
    <Dialog title={t('probe.title')} onClose={close}>
      <DeviceChoice />
      <div class="probe-preview">
        {track && <TrackVideo track={track} label={t('probe.preview')} />}
        {state === 'asking' && <p class="quiet">{t('probe.asking')}</p>}
      </div>
      {problem && (
        <Strip tone="warn" words={t(`probe.problem.${problem}`)}>
          <Button onPress={() => void lookAtProbe()}>{t('check.again')}</Button>
        </Strip>
      )}
      <ClarityChoice />
      {state === 'on' ? (
        <Button tone="danger" size="large" onPress={stop}>
          {t('probe.stop')}
        </Button>
      ) : (
        track && (
          <Button tone="primary" size="large" onPress={start}>
            {t('probe.start')}
          </Button>
        )
      )}
    </Dialog>
  )
}

function DeviceChoice() {
  const cameras = store.devices.value.choices.filter((choice) => choice.kind === 'camera')
  const now = store.probe.value.track?.getSettings().deviceId ?? ''
  return (
    <label class="field">
      <span>{t('probe.device')}</span>
      <select value={now} onChange={(event) => void lookAtProbe(event.currentTarget.value)}>
        {!cameras.some((choice) => choice.id === now) && <option value={now}>{t('probe.none_chosen')}</option>}
        {cameras.map((choice) => (
          <option key={choice.id} value={choice.id}>
            {choice.label || t('devices_dialog.default')}
          </option>
        ))}
      </select>
    </label>
  )
}
