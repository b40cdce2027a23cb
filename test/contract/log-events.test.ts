import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { LOG_EVENTS, STORY_LEVELS } from '../../src/contract/log-events.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const TABLE = 'log-events.ts'
const sources = ['src/auth', 'src/contract', 'src/worker', 'activities', 'workflows'].flatMap(
  (folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .map((name) => join(root, folder, String(name)))
      .filter((path) => path.endsWith('.ts') && !path.endsWith(TABLE)),
)
const texts = sources.map((path) => [path, readFileSync(path, 'utf8')] as const)

it.each(Object.keys(LOG_EVENTS))('%s is written by the code', (event) => {
  expect(texts.some(([, text]) => text.includes(`'${event}'`))).toBe(true)
})

it('names no line as an event of a life story is named', () => {
  expect(Object.keys(LOG_EVENTS).filter((event) => event in STORY_LEVELS)).toEqual([])
})

it('has every line: none takes its level from elsewhere', () => {
  const others = texts.filter(([, text]) =>
    /\blog(?:ger)?\??\.(?:trace|debug|info|warn|error)\(/.test(text),
  )
  expect(others.map(([path]) => path)).toEqual([])
})
