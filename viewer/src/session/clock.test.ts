import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it } from 'vitest'

const SOURCE = join(import.meta.dirname, '..')

it('nothing but the clock asks this machine what time it is', () => {
  const asking = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.(test|gen)\.tsx?$/.test(name))
    .filter((name) => /\bDate\.now\(|new Date\(\)/.test(readFileSync(join(SOURCE, name), 'utf8')))
  expect(asking).toEqual(['session/clock.ts'])
})
