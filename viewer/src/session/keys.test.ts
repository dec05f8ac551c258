// Keys that act, and presses that belong to somebody else.
import { describe, expect, it } from 'vitest'

import { actionOf, keyOf, KEYS } from './keys'
import type { Press } from './keys'

const press = (key: string, more: Partial<Press> = {}, target: Partial<Press['target']> = {}): Press => ({
  key,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  repeat: false,
  isComposing: false,
  target: { tag: 'body', role: '', editable: false, inside: '', ...target },
  ...more,
})

describe('a key', () => {
  it.each(Object.entries(KEYS))('%s is %s, also in capitals', (key, action) => {
    expect(actionOf(press(key), true)).toBe(action)
    expect(actionOf(press(key.toUpperCase()), true)).toBe(action)
    expect(keyOf(action)).toBe(key.toUpperCase())
  })

  it.each([
    ['with Ctrl', press('m', { ctrlKey: true })],
    ['with Alt', press('m', { altKey: true })],
    ['with Command', press('m', { metaKey: true })],
    ['held down', press('m', { repeat: true })],
    ['of an input method', press('m', { isComposing: true })],
    ['typed into the chat', press('m', {}, { tag: 'textarea' })],
    ['typed into a field', press('m', {}, { tag: 'input' })],
    ['typed into rich text', press('m', {}, { editable: true })],
    ['in a list of devices', press('m', {}, { tag: 'select' })],
    ['in a menu', press('m', {}, { inside: 'menu' })],
    ['in a dialog', press('m', {}, { inside: 'dialog' })],
    ['on a tab', press('c', {}, { role: 'tab' })],
    ['that has no meaning', press('x')],
    ['that is a name of Object', press('constructor')],
  ])('%s does nothing', (_what, one) => expect(actionOf(one, true)).toBeNull())

  it('does nothing when keys are switched off', () => expect(actionOf(press('m'), false)).toBeNull())
})
