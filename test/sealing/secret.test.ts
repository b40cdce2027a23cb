import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { format, inspect } from 'node:util'
import { serialize } from 'node:v8'
import { expect, test } from 'vitest'
import { Secret } from '../../src/sealing/secret.js'
import { CANARY, expectNoCanary, printed } from './expect-failure.js'

const secret = new Secret(CANARY)

test('reveals its text, and only that way', () => {
  expect(secret.reveal()).toBe(CANARY)
  expect(Object.keys(secret)).toEqual([])
  expect(Reflect.ownKeys(secret)).toEqual([])
})

test.each<[string, () => string]>([
  ['toString', () => secret.toString()],
  ['String', () => String(secret)],
  // eslint-disable-next-line @typescript-eslint/restrict-template-expressions -- what a slip would do
  ['template', () => `${secret}`],
  ['concatenation', () => ['', secret].join('Bearer ')],
  ['JSON', () => JSON.stringify({ secret })],
  ['inspect', () => inspect({ deep: { er: { still: { secret } } } }, { depth: 9 })],
  ['format', () => format('%s %o %O %j', secret, secret, secret, secret)],
])('%s shows a placeholder', (_, print) => {
  expect(print()).toContain('[secret]')
  expectNoCanary(print())
})

test('shows nothing to whoever goes around the placeholder', () => {
  expectNoCanary(printed({ secret }))
  expectNoCanary(inspect(secret, { customInspect: false, showHidden: true, getters: true }))
  expectNoCanary(inspect(new Error('failed', { cause: secret })))
  expectNoCanary(JSON.stringify(structuredClone({ secret })))
  expectNoCanary(serialize({ secret }).toString('latin1'))
  expectNoCanary(JSON.stringify(Object.entries(Object.assign({}, secret))))
})

test('console.log in a process of its own shows a placeholder', () => {
  const module = fileURLToPath(new URL('../../src/sealing/secret.ts', import.meta.url))
  const script = `const { Secret } = await import(${JSON.stringify(module)})
    const secret = new Secret(process.env.CANARY)
    console.log(secret, { secret }, [secret]); console.error('%s %o %j', secret, secret, secret)
    console.dir(secret, { showHidden: true }); console.table([{ secret }])
    throw Object.assign(new Error('end'), { secret })`
  const run = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script],
    { env: { ...process.env, CANARY }, encoding: 'utf8' },
  )
  expect(run.stdout).toContain('[secret] { secret: [secret] } [ [secret] ]')
  expect(run.stderr).toContain('Error: end')
  expectNoCanary(run.stdout + run.stderr)
})
