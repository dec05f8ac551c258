// Contrast of every text colour on every ground it is used on (WCAG 2.2, 1.4.3: at least 4.5:1), from the file itself.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8')
const tokens = new Map([...css.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((match) => [match[1]!, match[2]!]))

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high! + 0.05) / (low! + 0.05)
}

const pairs: [string, string][] = []
for (const theme of ['light', 'dark']) {
  const grounds = ['ground', 'panel', 'sunken', ...(theme === 'dark' ? ['raised'] : [])]
  for (const text of ['text', 'quiet'])
    for (const ground of grounds) pairs.push([`${theme}-${text}`, `${theme}-${ground}`])
  for (const text of ['primary', 'danger', 'amber', 'ok']) {
    for (const ground of ['ground', 'panel']) pairs.push([`${theme}-${text}`, `${theme}-${ground}`])
  }
  for (const tinted of ['primary', 'danger', 'amber']) {
    for (const text of ['text', 'quiet', tinted]) {
      pairs.push([`${theme}-${text}`, `${theme}-${tinted}-ground`])
    }
  }
}
for (const fill of ['primary', 'danger', 'ok']) {
  for (const state of ['', '-hover']) pairs.push(['on-fill', `fill-${fill}${state}`])
}
pairs.push(['dark-quiet', 'dark-sunken'])
for (let n = 1; n <= 8; n++) pairs.push([`mark-${n}`, 'dark-ground'])

describe('contrast', () => {
  it('is black and white right', () => expect(contrast('#000000', '#ffffff')).toBeCloseTo(21))

  it.each(pairs)('%s on %s', (text, ground) => {
    const [a, b] = [tokens.get(text), tokens.get(ground)]
    expect(a, text).toBeDefined()
    expect(b, ground).toBeDefined()
    expect(contrast(a!, b!)).toBeGreaterThanOrEqual(4.5)
  })
})
