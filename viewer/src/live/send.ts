// What is said of a live picture: marks, cues, requests, freezes. Refusals are told in words like any other.
import { failed } from '../app/call'
import { link } from '../app/wire'
import { RequestFailed } from '../session/link'
import type { Cue, FrameKey, MachineControl, Mark } from '../session/wire.gen'
import { pending } from './state'

export function addMark(mark: Mark): void {
  pending.value = [...pending.value, mark]
  link
    .request({ type: 'add_mark', mark })
    .catch((error: unknown) => !hasGone(error) && failed(error))
    .finally(() => (pending.value = pending.value.filter((one) => one !== mark)))
}

/** The picture ended while a hand drew on it: the mark has gone with it, and there is nothing to be told. */
function hasGone(error: unknown): boolean {
  return error instanceof RequestFailed && error.code === 'not_found'
}

export function removeMark(key: string): void {
  link.request({ type: 'remove_mark', key }).catch(failed)
}

export function giveCue(cue: Cue): void {
  link.request({ type: 'give_cue', cue }).catch(failed)
}

export function askMachine(control: MachineControl): void {
  link.request({ type: 'ask_machine', key: crypto.randomUUID(), control }).catch(failed)
}

export function answerMachine(key: string, done: boolean): void {
  link.request({ type: 'answer_machine', key, done }).catch(failed)
}

export function askFreeze(frame: FrameKey): void {
  link.request({ type: 'ask_freeze', key: crypto.randomUUID(), frame }).catch(failed)
}
