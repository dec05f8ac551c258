// What may be asked of whoever shows the probe, and what this page does by itself when they say it is done.
import { setClarity } from '../app/sources'
import * as store from '../session/store'
import type { Shown } from '../session/view'
import { MACHINE_CONTROL_VALUES } from '../session/wire.gen'
import type { MachineControl, MachineRequest } from '../session/wire.gen'
import { answerMachine } from './send'

type Clarity = Extract<MachineControl, 'smooth' | 'sharp'>

/** Smooth or sharp is the choice of a page that encodes; an encoder's own (`whip.N`) is set at the encoder. */
export function controlsOf({ track }: Shown): readonly MachineControl[] {
  const byPage = track.purpose === 'probe' && !track.mid.startsWith('whip.')
  return MACHINE_CONTROL_VALUES.filter((control) => byPage || !isClarity(control))
}

/** Done: what this page can do itself is done with it. */
export function doAsked({ key, control }: MachineRequest): void {
  if (isClarity(control) && store.probe.peek().state === 'on') setClarity(control)
  answerMachine(key, true)
}

export function isClarity(control: MachineControl): control is Clarity {
  return control === 'smooth' || control === 'sharp'
}
