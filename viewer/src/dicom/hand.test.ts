// What hands, wheels and clocks make of a View; and what is drawn becomes a mark.
import { describe, expect, it, vi } from 'vitest'

import type { Cine, InstanceId, SeriesId, StudyId } from '../session/wire.gen'
import { worstOf } from '../ui/pictures/reporting'
import { cinePlace, untilNext, wireRate } from './cine'
import { begin, extend, markOf, release } from './drafting'
import { listen } from './gestures'
import type { Acts } from './gestures'
import { hardwareOf } from './gpu'
import { dragged, flipped, inverted, played, preset, reset, rotated, scaled, stepsOf } from './hand'
import type { Seen } from './hand'
import { instanceOf } from './metadata'
import type { Pane } from './pane'
import { drawPlain } from './plain'
import { rangeOf } from './shading'
import { whole } from './view'
import type { Greys } from './view'

vi.mock('../app/looking', () => ({ sayShowing: () => undefined }))
vi.mock('@cornerstonejs/core', () => ({ Enums: {} }))

const value = (...of: unknown[]) => ({ Value: of })
const instance = instanceOf({
  '0020000D': value('1.2'),
  '0020000E': value('1.3'),
  '00080018': value('1.4'),
  '00280010': value(100),
  '00280011': value(200),
  '00280008': value(30),
  '00280030': value(0.5, 0.5),
  '00181063': value(50),
})!
const GREYS: Greys = { centre: 40, width: 400, curve: 'linear', invert: false, map: 'grey' }
const seen: Seen = {
  sight: whole(instance.geometry),
  greys: GREYS,
  shot: { instance, frame: 7 },
  size: { width: 400, height: 200 },
}
const next = { study: '1.2' as StudyId, series: '1.3' as SeriesId, instance: '1.4' as InstanceId, frame: 8 }
const pane = { beside: (steps: number) => (steps > 0 ? next : null) } as unknown as Pane

describe('a hand', () => {
  const from = { x: 200, y: 100 }

  it('moves by what it moved, from where it began', () => {
    const change = dragged(pane, 'move', seen, from, { x: 240, y: 100 }, 0)
    expect(change?.area?.centre_x).toBe(40_000_000) // 40 of 400 CSS px to the right: a tenth less
  })

  it('scales, windows and scrolls', () => {
    expect(dragged(pane, 'zoom', seen, from, { x: 200, y: -100 }, 0)?.area?.width).toBe(5_000_000) // twice: 50 of 100 mm
    expect(dragged(pane, 'window', seen, from, { x: 400, y: 100 }, 0)?.voi?.width).toBe(800_000)
    expect(dragged(pane, 'scroll', seen, from, from, 1)).toEqual({ image: next })
    expect(dragged(pane, 'scroll', seen, from, from, -1)).toBeNull()
    expect(dragged(pane, 'window', { ...seen, greys: null }, from, from, 0)).toBeNull()
  })

  it('goes through a whole series in one height, as far as that can be aimed at', () => {
    expect(stepsOf(200, 200, 20)).toBe(20)
    expect(stepsOf(200, 200, 1000)).toBe(50)
    expect(stepsOf(200, 200, 2)).toBe(8)
  })

  it('turns, mirrors, inverts, and everything back', () => {
    expect(rotated(seen, 90).area).toMatchObject({ rotation: 9_000, width: 5_000_000, height: 10_000_000 })
    expect(flipped(seen, 'x').area?.flip_horizontal).toBe(true)
    expect(inverted(seen)?.voi?.invert).toBe(true)
    expect(inverted({ ...seen, greys: null })).toBeNull()
    expect(preset(seen, 'lung')?.voi).toMatchObject({ centre: -600_000, width: 1_500_000 })
    expect(scaled(seen, 2, from).area?.unit).toBe('mm')
    const back = reset({ ...seen, sight: { ...seen.sight, rotation: 20, width: 3 } }, GREYS)
    expect(back.area).toMatchObject({ rotation: 0, width: 10_000_000, flip_horizontal: false })
    expect(back.voi?.width).toBe(400_000)
  })

  it('begins cine where it is, as fast as it was taken', () => {
    expect(played(seen, null)).toEqual({
      image: { ...next, frame: 7 },
      cine: { playing: true, rate: 2_000, frame: 7 },
    })
    expect(played(seen, { playing: true, rate: 999, frame: 1 }).cine).toEqual({ playing: false, rate: 999, frame: 7 })
  })
})

describe('cine', () => {
  const cine: Cine = { playing: true, rate: 2_000, frame: 3 } // 20 a second

  it('is where the clock says, round and round, and where it stopped', () => {
    expect(cinePlace(cine, 1_000_000, 1_000_000, 10)).toBe(2)
    expect(cinePlace(cine, 1_000_000, 1_150_000, 10)).toBe(5)
    expect(cinePlace(cine, 1_000_000, 2_000_000, 10)).toBe(2)
    expect(cinePlace(cine, 1_000_000, 0, 10)).toBe(2)
    expect(cinePlace({ ...cine, playing: false }, 0, 9e9, 10)).toBe(2)
  })

  it('knows when it is due again', () => {
    expect(untilNext(cine, 0, 0)).toBe(50)
    expect(untilNext(cine, 0, 30_000)).toBe(20)
    expect(wireRate(1e9)).toBe(24_000)
    expect(wireRate(0)).toBe(1)
  })
})

describe('drawing', () => {
  const shot = { instance, frame: 7 }
  const rest = { key: 'k', fades: true, text: '' }

  it('becomes a mark on that very frame, with what it measures', () => {
    const line = extend(begin('length', shot, { x: 0.1, y: 0.5 }), { x: 0.6, y: 0.5 })
    const mark = markOf(release(line).done!, rest)
    expect(mark).toMatchObject({ shape: 'length', fades: true, measure: { value: 50_000, unit: 'mm' } })
    expect(mark?.picture).toEqual({ ...next, frame: 7 })
    expect(mark?.points).toEqual([
      { x: 10_000_000, y: 50_000_000 },
      { x: 60_000_000, y: 50_000_000 },
    ])
  })

  it('is none where the hand slipped or nothing was written', () => {
    expect(markOf(extend(begin('arrow', shot, { x: 0.1, y: 0.5 }), { x: 0.101, y: 0.5 }), rest)).toBeNull()
    expect(markOf(begin('text', shot, { x: 0.1, y: 0.5 }), { ...rest, text: '  ' })).toBeNull()
    expect(markOf(begin('text', shot, { x: 0.1, y: 0.5 }), { ...rest, text: ' here ' })?.text).toBe('here')
  })

  it('needs two arms for an angle', () => {
    const arm = extend(begin('angle', shot, { x: 0, y: 0.5 }), { x: 0.5, y: 0.5 })
    const { draft, done } = release(arm)
    expect(done).toBeNull()
    const both = release(extend(draft!, { x: 0.5, y: 0 })).done
    expect(markOf(both!, rest)?.measure).toEqual({ value: 90_000, unit: 'degree' })
  })

  it('keeps a long line within what a mark may have', () => {
    let line = begin('stroke', shot, { x: 0, y: 0 })
    for (let n = 1; n < 3000; n++) line = extend(line, { x: (n % 50) / 50, y: n / 3000 })
    expect(line.points.length).toBeLessThanOrEqual(512)
    expect(line.points[0]).toEqual({ x: 0, y: 0 })
  })
})

describe('gestures', () => {
  const made = () => {
    const element = document.createElement('div')
    const said: string[] = []
    const acts: Acts = {
      down: (at, button) => said.push(`down ${at.x} ${button}`),
      move: (at) => said.push(`move ${at.x}`),
      up: (at) => said.push(`up ${at.x}`),
      cancel: () => said.push('cancel'),
      hover: (at) => said.push(at ? `hover ${at.x}` : 'away'),
      pinch: (factor, _from, to) => said.push(`pinch ${factor} ${to.x}`),
      wheel: (steps) => said.push(`wheel ${steps}`),
      zoom: (factor) => said.push(`zoom ${factor > 1}`),
      key: (name) => said.push(`key ${name}`) > 0,
    }
    return { element, said, deaf: listen(element, acts) }
  }
  const pointer = (type: string, pointerId: number, clientX: number, button = 0): PointerEvent =>
    new PointerEvent(type, { pointerId, clientX, clientY: 0, button })

  it('are one pointer that presses, moves and lets go', () => {
    const { element, said } = made()
    for (const type of ['pointermove', 'pointerdown', 'pointermove', 'pointerup', 'pointerleave']) {
      element.dispatchEvent(pointer(type, 1, 5))
    }
    expect(said).toEqual(['hover 5', 'down 5 0', 'move 5', 'up 5', 'away'])
  })

  it('are two fingers that pinch: what one began is given up', () => {
    const { element, said } = made()
    element.dispatchEvent(pointer('pointerdown', 1, 0))
    element.dispatchEvent(pointer('pointerdown', 2, 10))
    element.dispatchEvent(pointer('pointermove', 2, 30))
    element.dispatchEvent(pointer('pointerup', 2, 30))
    element.dispatchEvent(pointer('pointerup', 1, 0))
    expect(said).toEqual(['down 0 0', 'cancel', 'pinch 1 5', 'pinch 3 15'])
  })

  it('add up the small turns of a touchpad, and scale with Ctrl', () => {
    const { element, said } = made()
    for (let n = 0; n < 4; n++) element.dispatchEvent(new WheelEvent('wheel', { deltaY: 20 }))
    element.dispatchEvent(new WheelEvent('wheel', { deltaY: -60 }))
    element.dispatchEvent(new WheelEvent('wheel', { deltaY: 3, deltaMode: WheelEvent.DOM_DELTA_LINE }))
    const held = new WheelEvent('wheel', { deltaY: -60 })
    Object.defineProperty(held, 'ctrlKey', { value: true }) // happy-dom does not take it from the init
    element.dispatchEvent(held)
    expect(said).toEqual(['wheel 1', 'wheel -1', 'wheel 1', 'zoom true'])
  })

  it('end, and nothing is left listening', () => {
    const { element, said, deaf } = made()
    deaf()
    element.dispatchEvent(pointer('pointerdown', 1, 5))
    element.dispatchEvent(new KeyboardEvent('keydown', { key: 'i' }))
    expect(said).toEqual([])
  })
})

describe('the rest', () => {
  it('knows a GPU that is none', () => {
    expect(hardwareOf(null)).toBe('cpu')
    expect(hardwareOf('ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero)), SwiftShader driver)')).toBe('cpu')
    expect(hardwareOf('llvmpipe (LLVM 15.0.6, 256 bits)')).toBe('cpu')
    expect(hardwareOf('ANGLE (Intel, Intel(R) UHD Graphics 620, OpenGL 4.6)')).toBe('gpu')
    expect(hardwareOf('')).toBe('gpu')
  })

  it('says what is black and what is white as DICOM does', () => {
    expect(rangeOf({ ...GREYS, centre: 2048, width: 4096 })).toEqual({ lower: 0, upper: 4095 })
    expect(rangeOf({ ...GREYS, centre: 2048, width: 4096, curve: 'linear_exact' })).toEqual({ lower: 0, upper: 4096 })
    expect(rangeOf({ ...GREYS, centre: 1, width: 1 }).upper).toBeGreaterThan(
      rangeOf({ ...GREYS, centre: 1, width: 1 }).lower,
    )
  })

  it('tells the leader the worst of what is seen', () => {
    expect(worstOf([])).toBeNull()
    expect(
      worstOf([
        { showing: 'shown', behind: 2 },
        { showing: 'lost', behind: 3 },
      ]),
    ).toEqual({ showing: 'lost', behind: 5 })
  })

  it('draws a plain picture through the affine, in device px, and inverts it', () => {
    const said: unknown[][] = []
    const brush = {
      setTransform: (...given: number[]) => said.push(['transform', ...given]),
      fillRect: (...given: number[]) => said.push(['fill', ...given]),
      drawImage: (_: unknown, ...given: number[]) => said.push(['image', ...given]),
    } as unknown as CanvasRenderingContext2D
    drawPlain(brush, {} as ImageBitmap, { a: 10, b: 0, c: 0, d: 5, e: 1, f: 2 }, 2, true)
    expect(said.slice(2)).toEqual([
      ['transform', 20, 0, 0, 10, 2, 4],
      ['image', 0, 0, 1, 1],
      ['fill', 0, 0, 1, 1],
    ])
  })
})
