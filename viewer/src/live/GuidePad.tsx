// For whoever guides: how to move the probe, and what to ask for at the machine.
import {
  ArrowDownWideNarrow,
  ArrowUpNarrowWide,
  Check,
  CircleX,
  Hourglass,
  Play,
  ScanSearch,
  Snowflake,
  SunDim,
  SunMedium,
  Waves,
} from 'lucide'
import type { IconNode } from 'lucide'

import { t } from '../i18n'
import * as store from '../session/store'
import type { Shown, View } from '../session/view'
import type { Cue, MachineControl } from '../session/wire.gen'
import { Icon } from '../ui/kit/Icon'
import { CUE_ICONS, PAD } from './cues'
import { controlsOf } from './machine'
import { askMachine, giveCue } from './send'

const CONTROL_ICONS: Record<MachineControl, IconNode> = {
  depth_more: ArrowDownWideNarrow,
  depth_less: ArrowUpNarrowWide,
  gain_more: SunMedium,
  gain_less: SunDim,
  freeze: Snowflake,
  unfreeze: Play,
  smooth: Waves,
  sharp: ScanSearch,
}

export function GuidePad({ view, staged }: { view: View; staged: Shown }) {
  return (
    <div class="guide-pad">
      <div class="cue-pad" role="group" aria-label={t('live.cues')}>
        {PAD.map(({ group, cues }) => (
          <div key={group} class="cue-group" role="group" aria-label={t(`live.cue_group.${group}`)}>
            <span class="quiet small" aria-hidden="true">
              {t(`live.cue_group.${group}`)}
            </span>
            <div class="cue-row">
              {cues.map((cue) => (
                <CueButton key={cue} cue={cue} words={group === 'other'} />
              ))}
            </div>
          </div>
        ))}
      </div>
      <div class="cue-group" role="group" aria-label={t('live.machine')}>
        <span class="quiet small" aria-hidden="true">
          {t('live.machine')}
        </span>
        <div class="cue-row">
          {controlsOf(staged).map((control) => (
            <button key={control} type="button" class="button" onClick={() => askMachine(control)}>
              <Icon of={CONTROL_ICONS[control]} />
              <span>{t(`live.control.${control}`)}</span>
            </button>
          ))}
        </div>
      </div>
      <Asked view={view} />
    </div>
  )
}

/** The group's word stands above: the sign alone says which way, the name says both. */
function CueButton({ cue, words }: { cue: Cue; words: boolean }) {
  const name = t(`live.cue.${cue}`)
  return (
    <button
      type="button"
      class={`button${words ? '' : ' only-icon'}`}
      aria-label={name}
      title={name}
      onClick={() => giveCue(cue)}
    >
      <Icon of={CUE_ICONS[cue]} size={24} />
      {words && <span>{name}</span>}
    </button>
  )
}

/** What I asked for and nobody has answered, and the last answer. */
function Asked({ view }: { view: View }) {
  const mine = view.state.looking.requests.filter((one) => one.participant === view.me)
  const answer = store.machineAnswer.value
  return (
    <ul class="asked" role="status">
      {mine.map((one) => (
        <li key={one.key}>
          <Icon of={Hourglass} />
          {t('live.asked', { control: t(`live.control.${one.control}`) })}
        </li>
      ))}
      {answer && (
        <li class={answer.done ? 'ok' : 'amber'}>
          <Icon of={answer.done ? Check : CircleX} />
          {t(answer.done ? 'live.was_done' : 'live.was_refused', { control: t(`live.control.${answer.control}`) })}
        </li>
      )}
    </ul>
  )
}
