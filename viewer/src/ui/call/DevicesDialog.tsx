// Another microphone or camera, in the middle of a call.
import { devices } from '../../app/devices'
import { t } from '../../i18n'
import type { Device } from '../../rtc/devices'
import * as store from '../../session/store'
import { Dialog } from '../kit/Dialog'
import { LevelBar } from '../kit/LevelBar'
import { DeviceProblem } from '../lobby/DeviceCheck'
import { dialog } from './panel'

export function DevicesDialog() {
  return (
    <Dialog title={t('devices_dialog.title')} onClose={() => (dialog.value = null)}>
      <Choice device="microphone" />
      <LevelBar track={store.devices.value.microphone.track} />
      <Choice device="camera" />
      <DeviceProblem />
    </Dialog>
  )
}

function Choice({ device }: { device: Device }) {
  const state = store.devices.value
  const choices = state.choices.filter((choice) => choice.kind === device)
  const now = state[device].track?.getSettings().deviceId ?? ''
  return (
    <label class="field">
      <span>{t(`devices_dialog.${device}`)}</span>
      <select value={now} onChange={(event) => void devices.choose(device, event.currentTarget.value)}>
        {choices.length === 0 && <option value="">{t('devices_dialog.default')}</option>}
        {choices.map((choice) => (
          <option key={choice.id} value={choice.id}>
            {choice.label || t('devices_dialog.default')}
          </option>
        ))}
      </select>
    </label>
  )
}
