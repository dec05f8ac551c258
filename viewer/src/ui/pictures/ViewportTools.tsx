// The tools of the picture that was touched last: what the hand does, window, marks, cine, and the rest behind "more".
import {
  ArrowDownUp,
  Contrast,
  Ellipsis,
  FlipHorizontal2,
  FlipVertical2,
  Grid2x2,
  Hand,
  Palette as PaletteIcon,
  Pause,
  Pencil,
  Play,
  RotateCcw,
  RotateCw,
  Ruler,
  Undo2,
} from 'lucide'
import type { IconNode } from 'lucide'
import { useContext } from 'preact/hooks'

import { removeMark } from '../../app/marking'
import { CINE_SPEEDS } from '../../dicom/cine'
import { coloured, flipped, given, inverted, paced, played, preset, reset, rotated } from '../../dicom/hand'
import type { Change, Seen } from '../../dicom/hand'
import { CT_PRESETS } from '../../dicom/presets'
import type { Preset } from '../../dicom/presets'
import type { Shot } from '../../dicom/provider'
import { t } from '../../i18n'
import type { View } from '../../session/view'
import { COLOUR_MAP_VALUES } from '../../session/wire.gen'
import { Icon } from '../kit/Icon'
import { Menu } from '../kit/Menu'
import type { MenuItem } from '../kit/Menu'
import { DRAGS, fading, isDrag, MARKS, MEASURES, panes, seenIn, shots, tool } from './hands'
import type { Tool } from './hands'
import { LookerContext } from './looker'
import type { Looker } from './looker'
import './said'
import './viewport.css'

const LAYOUTS = [
  [1, 1],
  [1, 2],
  [2, 1],
  [2, 2],
] as const

export function ViewportTools({ view, n }: { view: View; n: number }) {
  const looker = useContext(LookerContext)
  const chosen = tool.value
  const shot = shots.value.get(n) ?? null
  return (
    <div class="viewport-tools" role="toolbar" aria-label={t('viewport.tools')}>
      <Menu
        label={t('viewport.hand', { tool: t(`viewport.tool.${chosen}`) })}
        icon={isDrag(chosen) ? Hand : Pencil}
        items={tools(looker.hand ? [...DRAGS, 'point'] : DRAGS, Hand)}
      />
      <Menu label={t('viewport.windows')} icon={Contrast} items={windows(looker, n, shot)} />
      {looker.hand && (
        <>
          <Menu label={t('viewport.marks')} icon={Pencil} items={[...tools(MARKS, Pencil), ...markItems(view)]} />
          <Menu label={t('viewport.measures')} icon={Ruler} items={tools(MEASURES, Ruler)} />
        </>
      )}
      <CineButton looker={looker} n={n} />
      <Menu label={t('viewport.more')} icon={Ellipsis} items={more(looker, n)} />
    </div>
  )
}

/** What the instance is, when a menu is opened: nothing here is drawn again while the picture moves. */
function act(looker: Looker, n: number, how: (seen: Seen) => Change | null): void {
  const seen = seenIn(n)
  const change = seen && how(seen)
  if (change) looker.change(n, change)
}

function tools(of: readonly Tool[], icon: IconNode): MenuItem[] {
  return of.map((id) => ({ id, words: t(`viewport.tool.${id}`), icon, act: () => void (tool.value = id) }))
}

function windows(looker: Looker, n: number, shot: Shot | null): MenuItem[] {
  const own = (shot?.instance.windows ?? []).map(({ words, greys }, index) => ({
    id: `own ${index}`,
    words: words ? t('viewport.own_window', { words }) : t('viewport.own_window_plain'),
    icon: Contrast,
    act: () => act(looker, n, (now) => given(now, greys)),
  }))
  const named = (Object.keys(CT_PRESETS) as Preset[]).map((id) => ({
    id,
    words: t(`viewport.preset.${id}`),
    icon: Contrast,
    act: () => act(looker, n, (now) => preset(now, id)),
  }))
  const now = looker.sight.value.viewports[n]?.voi?.colour_map ?? 'grey'
  const colours = COLOUR_MAP_VALUES.filter((map) => map !== now).map((map) => ({
    id: `colours ${map}`,
    words: t('viewport.colours', { map: t(`viewport.colour_map.${map}`) }),
    icon: PaletteIcon,
    act: () => act(looker, n, (seen) => coloured(seen, map)),
  }))
  const invert = { id: 'invert', words: t('viewport.invert'), icon: Contrast, act: () => act(looker, n, inverted) }
  return [...own, ...(shot?.instance.modality === 'CT' ? named : []), invert, ...colours]
}

function markItems(view: View): MenuItem[] {
  const fade = {
    id: 'fade',
    words: t(fading.value ? 'viewport.stays' : 'viewport.fades'),
    icon: Pencil,
    act: () => void (fading.value = !fading.value),
  }
  return [fade, { id: 'undo', words: t('viewport.undo'), icon: Undo2, act: () => undo(view) }]
}

/** The last of mine on a picture. */
function undo(view: View): void {
  const mine = view.state.looking.marks.filter((one) => one.participant === view.me && one.mark.picture)
  const last = mine[mine.length - 1]
  if (last) removeMark(last.mark.key)
}

function CineButton({ looker, n }: { looker: Looker; n: number }) {
  const cine = looker.sight.value.viewports[n]?.cine ?? null
  const words = t(cine?.playing ? 'viewport.stop' : 'viewport.play')
  return (
    <button
      type="button"
      class="control"
      aria-pressed={!!cine?.playing}
      onClick={() => act(looker, n, (now) => played(now, cine))}
    >
      <Icon of={cine?.playing ? Pause : Play} />
      <span>{words}</span>
    </button>
  )
}

function more(looker: Looker, n: number): MenuItem[] {
  const { rows, columns } = looker.sight.value
  const view = (id: string, words: string, icon: IconNode, how: (seen: Seen) => Change | null): MenuItem => ({
    id,
    words: t(words),
    icon,
    act: () => act(looker, n, how),
  })
  return [
    view('reset', 'viewport.reset', Undo2, (seen) => reset(seen, panes.get(n)?.own() ?? null)),
    view('right', 'viewport.turn_right', RotateCw, (seen) => rotated(seen, 90)),
    view('left', 'viewport.turn_left', RotateCcw, (seen) => rotated(seen, -90)),
    view('mirror', 'viewport.mirror', FlipHorizontal2, (seen) => flipped(seen, 'x')),
    view('upside', 'viewport.upside', FlipVertical2, (seen) => flipped(seen, 'y')),
    ...CINE_SPEEDS.map((by) => ({
      id: `speed ${by}`,
      words: `${t('viewport.play')} ${t('viewport.times', { by })}`,
      icon: ArrowDownUp,
      act: () => act(looker, n, (seen) => paced(seen, looker.sight.peek().viewports[n]?.cine ?? null, by)),
    })),
    ...LAYOUTS.filter(([r, c]) => r !== rows || c !== columns).map(([r, c]) => ({
      id: `layout ${r} ${c}`,
      words: t('viewport.layout', { rows: r, columns: c }),
      icon: Grid2x2,
      act: () => looker.changeLayout(r, c),
    })),
  ]
}
