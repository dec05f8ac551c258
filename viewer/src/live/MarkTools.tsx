// The tools for drawing, in a row under the picture: three and "more", and taking back.
import { Ellipsis, MousePointer2, MoveUpRight, Pencil, Ruler, Square, Timer, Type, Undo2, Pin } from 'lucide'
import type { IconNode } from 'lucide'

import { t } from '../i18n'
import type { View } from '../session/view'
import type { TrackId } from '../session/wire.gen'
import { Icon } from '../ui/kit/Icon'
import { Menu } from '../ui/kit/Menu'
import { removeMark } from './send'
import { fades, nameless, tool } from './state'
import { FIRST_TOOLS, MORE_TOOLS } from './tools'
import type { Tool } from './tools'

const ICONS: Record<Tool, IconNode> = {
  point: MousePointer2,
  arrow: MoveUpRight,
  stroke: Pencil,
  box: Square,
  text: Type,
  caliper: Ruler,
}

export function MarkTools({ view, track }: { view: View; track: TrackId }) {
  if (nameless.value !== null) {
    return (
      <p class="live-row small" role="status">
        {t(nameless.value === 'browser' ? 'live.no_keys' : 'live.no_keys_yet')}
      </p>
    )
  }
  const chosen = MORE_TOOLS.find((one) => one === tool.value)
  const stay = {
    id: 'stay',
    words: t(fades.value ? 'live.stays' : 'live.fades'),
    icon: fades.value ? Pin : Timer,
    act: () => void (fades.value = !fades.value),
  }
  const more = MORE_TOOLS.map((id) => ({
    id,
    words: t(`live.tool.${id}`),
    icon: ICONS[id],
    act: () => void (tool.value = id),
  }))
  return (
    <div class="live-row" role="toolbar" aria-label={t('live.tools')}>
      {FIRST_TOOLS.map((id) => (
        <button
          key={id}
          type="button"
          class={`control${tool.value === id ? ' open' : ''}`}
          aria-pressed={tool.value === id}
          onClick={() => (tool.value = id)}
        >
          <Icon of={ICONS[id]} />
          <span>{t(`live.tool.${id}`)}</span>
        </button>
      ))}
      <Menu
        label={chosen ? t(`live.tool.${chosen}`) : t('live.more')}
        icon={chosen ? ICONS[chosen] : Ellipsis}
        items={[...more, stay]}
      />
      <button type="button" class="control" onClick={() => undo(view, track)}>
        <Icon of={Undo2} />
        <span>{t('live.undo')}</span>
      </button>
    </div>
  )
}

/** The last of mine on this picture. */
function undo(view: View, track: TrackId): void {
  const mine = view.state.looking.marks.filter((one) => one.participant === view.me && one.mark.frame?.track === track)
  const last = mine[mine.length - 1]
  if (last) removeMark(last.mark.key)
}
