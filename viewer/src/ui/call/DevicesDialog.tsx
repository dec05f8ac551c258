// Another microphone, camera or loudspeaker, in the middle of a call.
import { devices } from '../../app/devices'
import { chooseSpeaker, speaker, speakerWorks } from '../../app/volume'
import { t } from '../../i18n'
import type { DeviceKind } from '../../rtc/choices'
import type { Device } from '../../rtc/ask'
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
      {speakerWorks() && <SpeakerChoice />}
      <DeviceProblem />
    </Dialog>
  )
}

function Choice({ device }: { device: Device }) {
  const state = store.devices.value
  const now = state[device].track?.getSettings().deviceId ?? ''
  return <Selection kind={device} now={now} onChoose={(id) => void devices.choose(device, id)} />
}

/** Nothing to choose from is no question: a browser may show no loudspeakers at all. */
function SpeakerChoice() {
  if (!store.devices.value.choices.some((choice) => choice.kind === 'speaker')) return null
  return <Selection kind="speaker" now={speaker.value || 'default'} onChoose={chooseSpeaker} />
}

interface SelectionProps {
  kind: DeviceKind
  now: string
  onChoose: (id: string) => void
}

function Selection({ kind, now, onChoose }: SelectionProps) {
  const choices = store.devices.value.choices.filter((choice) => choice.kind === kind)
  return (
    <label class="field">
      <span>{t(`devices_dialog.${kind}`)}</span>
      <select value={now} onChange={(event) => onChoose(event.currentTarget.value)}>
        {!choices.some((choice) => choice.id === now) && <option value={now}>{t('devices_dialog.default')}</option>}
        {choices.map((choice) => (
          <option key={choice.id} value={choice.id}>
            {choice.label || t('devices_dialog.default')}
          </option>
        ))}
      </select>
    </label>
  )
}
