// Both languages say everything, every code has words, and no component holds text of its own.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import ts from 'typescript'
import { describe, expect, it } from 'vitest'

import { EXPORT_FAULTS, EXPORT_KINDS } from '../session/exports'
import {
  CLOSE_REASON_VALUES,
  DECLINE_REASON_VALUES,
  ERROR_CODE_VALUES,
  NOTICE_VALUES,
  PICTURE_FAULT_VALUES,
  ROLE_VALUES,
  SHOWING_VALUES,
} from '../session/wire.gen'
import {
  ACCESS_KIND_VALUES,
  ACCESS_PURPOSE_VALUES,
  CONSENT_END_VALUES,
  CONSENT_GIVER_VALUES,
  CONSENT_KIND_VALUES,
  CONSENT_USE_VALUES,
  CUE_VALUES,
  GAP_REASON_VALUES,
  GRANT_DATA_VALUES,
  FREEZE_FAULT_VALUES,
  LEAD_REASON_VALUES,
  MACHINE_CONTROL_VALUES,
  PURPOSE_VALUES,
  SEX_VALUES,
  SHAPE_VALUES,
  STATUS_VALUES,
  URGENCY_VALUES,
} from '../session/wire.gen'
import { KINDS } from '../replay/moments'
import { FLAGS } from '../replay/wire'
import { endingOf } from '../ui/words'
import timelineEn from '../../../recordings/timeline/words/en.json'
import timelineZh from '../../../recordings/timeline/words/zh-CN.json'
import adminEn from './admin/en.json'
import adminZh from './admin/zh-CN.json'
import en from './en.json'
import exportEn from './export/en.json'
import exportZh from './export/zh-CN.json'
import folderEn from './folder/en.json'
import folderZh from './folder/zh-CN.json'
import grantsEn from './grants/en.json'
import grantsZh from './grants/zh-CN.json'
import liveEn from './live/en.json'
import liveZh from './live/zh-CN.json'
import picturesEn from './pictures/en.json'
import picturesZh from './pictures/zh-CN.json'
import reviewEn from './review/en.json'
import reviewZh from './review/zh-CN.json'
import recordingEn from './recording/en.json'
import recordingZh from './recording/zh-CN.json'
import replayEn from './replay/en.json'
import replayZh from './replay/zh-CN.json'
import zh from './zh-CN.json'
import viewportEn from './viewport/en.json'
import viewportZh from './viewport/zh-CN.json'

const SOURCE = join(import.meta.dirname, '..')
const sources = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(
  (name) => /\.tsx?$/.test(name) && !/\.(test|gen)\.tsx?$/.test(name),
)
const read = (name: string): string => readFileSync(join(SOURCE, name), 'utf8')

function flat(tree: object, at = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    const path = at ? `${at}.${key}` : key
    if (typeof value === 'string') found.set(path, value)
    else for (const [inner, words] of flat(value as object, path)) found.set(inner, words)
  }
  return found
}

// With the words of the parts that are loaded when they are needed.
const english = flat({
  ...en,
  admin: adminEn,
  export: exportEn,
  folder: folderEn,
  grants: grantsEn,
  live: liveEn,
  pictures: picturesEn,
  recording: recordingEn,
  replay: replayEn,
  review: reviewEn,
  timeline: timelineEn,
  viewport: viewportEn,
})
const chinese = flat({
  ...zh,
  admin: adminZh,
  export: exportZh,
  folder: folderZh,
  grants: grantsZh,
  live: liveZh,
  pictures: picturesZh,
  recording: recordingZh,
  replay: replayZh,
  review: reviewZh,
  timeline: timelineZh,
  viewport: viewportZh,
})
const holes = (words: string): string[] => [...words.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]!).sort()

describe('the two languages', () => {
  it('have the same keys', () => expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort()))

  it('leave the same places for values, and nothing empty', () => {
    for (const [key, words] of english) {
      expect(holes(chinese.get(key) ?? ''), key).toEqual(holes(words))
      expect(words.trim() && chinese.get(key)?.trim(), key).toBeTruthy()
    }
  })

  it('keep the accessible names that others rely on', () => {
    expect([en.sign_in.user, en.sign_in.password, en.sign_in.submit]).toEqual(['User', 'Password', 'Sign in'])
    expect([en.lobby.call, en.incoming.answer, en.incoming.decline]).toEqual(['Call a specialist', 'Answer', 'Decline'])
    const { hang_up, microphone, camera, chat } = en.call
    expect([hang_up, microphone, camera, chat]).toEqual(['Hang up', 'Microphone', 'Camera', 'Chat'])
  })
})

describe('every word of the wire has words', () => {
  const needed = [
    ...ERROR_CODE_VALUES.map((code) => `error.${code}`),
    ...CONSENT_GIVER_VALUES.map((word) => `recording.giver.${word}`),
    ...CONSENT_KIND_VALUES.flatMap((word) => [`recording.kind.${word}`, `recording.given.${word}`]),
    ...CONSENT_USE_VALUES.map((word) => `recording.use.${word}`),
    ...GRANT_DATA_VALUES.flatMap((word) => [`grants.part.${word}`, `grants.part_long.${word}`]),
    ...ACCESS_KIND_VALUES.map((word) => `grants.kind.${word}`),
    ...ACCESS_PURPOSE_VALUES.map((word) => `grants.purpose.${word}`),
    ...CONSENT_USE_VALUES.map((word) => `grants.use.${word}`),
    ...GAP_REASON_VALUES.flatMap((word) => [`recording.gap.${word}`, `recording.trouble.${word}`]),
    ...['sign_in', 'lobby', 'ringing', 'incoming', 'call', 'after', 'grants'].map((page) => `page.${page}`),
    ...['disconnected', 'timeout', 'unreachable'].map((code) => `error.${code}`),
    ...ROLE_VALUES.map((role) => `role.${role}`),
    ...SEX_VALUES.map((sex) => `sex.${sex}`),
    ...URGENCY_VALUES.map((urgency) => `urgency.${urgency}`),
    ...STATUS_VALUES.map((status) => `status.${status}`),
    ...PURPOSE_VALUES.map((purpose) => `purpose.${purpose}`),
    ...PICTURE_FAULT_VALUES.map((fault) => `pictures.fault.${fault}`),
    ...SHOWING_VALUES.map((showing) => `pictures.showing.${showing}`),
    ...DECLINE_REASON_VALUES.map((reason) => `decline.${reason}`),
    ...NOTICE_VALUES.filter((notice) => notice !== 'live').map((notice) => `notice_track.${notice}`),
    ...EXPORT_KINDS.flatMap((kind) => [`export.${kind}`, `export.${kind}_hint`]),
    ...EXPORT_FAULTS.map((fault) => `export.fault.${fault}`),
    ...CUE_VALUES.map((cue) => `live.cue.${cue}`),
    ...[...LEAD_REASON_VALUES, ...CONSENT_END_VALUES, ...SHAPE_VALUES].map((word) => `replay.why.${word}`),
    ...KINDS.map((kind) => `replay.moment.${kind}`),
    ...FLAGS.map((flag) => `replay.list.flags.${flag}`),
    ...['sealing', 'erased', 'unrecorded', 'ready'].map((state) => `replay.list.state.${state}`),
    ...MACHINE_CONTROL_VALUES.map((control) => `live.control.${control}`),
    ...FREEZE_FAULT_VALUES.map((fault) => `live.fault.${fault}`),
    ...CLOSE_REASON_VALUES.flatMap((reason) => [`after.title.${endingOf(reason)}`, `after.next.${endingOf(reason)}`]),
  ]
  it.each([...new Set(needed)])('%s', (key) => expect(english.has(key)).toBe(true))
})

describe('the code', () => {
  it('asks only for keys there are', () => {
    for (const name of sources) {
      for (const match of read(name).matchAll(/\bt\('([\w.]+)'/g))
        expect(english.has(match[1]!) || english.has(`${match[1]}_other`), `${name}: ${match[1]}`).toBe(true)
    }
  })

  it('has no text of its own', () => {
    const found = sources.filter((name) => name.endsWith('.tsx')).flatMap(literalText)
    expect(found).toEqual([])
  })
})

const SPOKEN_ATTRIBUTES = ['aria-label', 'aria-description', 'title', 'placeholder', 'alt', 'label', 'words']

/** JSX text with a letter in it, and literal values of attributes that people read or hear. */
function literalText(name: string): string[] {
  const file = ts.createSourceFile(name, read(name), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX)
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node) && /\p{L}/u.test(node.text)) found.push(`${name}: ${node.text.trim()}`)
    if (ts.isJsxAttribute(node) && SPOKEN_ATTRIBUTES.includes(node.name.getText()) && node.initializer) {
      const { initializer } = node
      if (ts.isStringLiteral(initializer) && initializer.text) found.push(`${name}: ${node.getText()}`)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}
