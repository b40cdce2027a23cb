import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Finding } from '../../src/cli/doctor/finding.js'
import { type Erp, startErp } from '../fixtures/erp.js'
import { connectClient, makeKey, type TestClient } from '../fixtures/whole-path.js'
import { until } from '../integration/until.js'
import { type CliRun, type RunningCli, startCli } from './cli-process.js'

const MODULE = fileURLToPath(new URL('fixtures/keeper.ts', import.meta.url))
const run = randomUUID().slice(0, 8)
const erpId = `erp-${run}`
const taskQueue = `keeper-${run}`
const secrets = [1, 2, 3].map((n) => `canary-${n}-${randomBytes(12).toString('hex')}`)
const outputs: string[] = []

let folder: string
let erp: Erp
let client: TestClient
let worker: RunningCli
let health: string
let env: Record<string, string>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenkeeper-start-'))
  erp = await startErp({ keys: secrets })
  const { file, publicKey } = await makeKey()
  env = {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TOKENKEEPER_TASK_QUEUE: taskQueue,
    TOKENKEEPER_PUBLIC_KEY: publicKey,
    TOKENKEEPER_PRIVATE_KEYS: file,
    ERP_ID: erpId,
    ERP_ORIGIN: erp.origin,
  }
  client = await connectClient(env['TEMPORAL_ADDRESS'] ?? '', taskQueue, publicKey)
  worker = startCli(['worker', MODULE, '--health', '0', '--log-level', 'WARN'], { env })
})
afterAll(async () => {
  worker.child.kill('SIGKILL')
  await client.close()
  await erp.stop()
  await rm(folder, { recursive: true })
})

async function tokenkeeper(args: readonly string[], input?: string): Promise<CliRun> {
  const ended = await startCli(args, input === undefined ? { env } : { env, input }).ended
  outputs.push(ended.stdout, ended.stderr)
  return ended
}

function lines(run: CliRun): readonly Record<string, unknown>[] {
  const found = run.stdout.trim().split('\n')
  return found.map((line) => JSON.parse(line) as Record<string, unknown>)
}

async function findings(): Promise<{ readonly code: number | null; readonly of: Finding[] }> {
  const { code, stdout } = await tokenkeeper(['doctor', '--module', MODULE, '-o', 'json'])
  return { code, of: (JSON.parse(stdout) as { readonly findings: Finding[] }).findings }
}

function outcome(of: readonly Finding[], check: string): readonly string[] {
  return of.filter((one) => one.check === check).map((one) => one.outcome)
}

describe('a keeper worker of a module', () => {
  it('tells its connectors and public key, and that it is alive', async () => {
    const seen = await until(
      () => worker.output.stderr,
      (text) => /Its health.*127\.0\.0\.1:\d+/.test(text),
    )
    health = /127\.0\.0\.1:(\d+)/.exec(seen.slice(seen.indexOf('Its health')))?.[1] ?? ''
    expect(worker.output.stderr).toContain(`connectors ${erpId}; task queue '${taskQueue}'`)
    expect(worker.output.stderr).toContain(env['TOKENKEEPER_PUBLIC_KEY'])
    const alive = await tokenkeeper(['doctor', '--worker', '--health', health])
    expect(alive, alive.stdout).toMatchObject({ code: 0 })
    // The server lists a worker a moment after it has begun to ask for work.
    await until(
      () => tokenkeeper(['doctor', '--worker']),
      ({ code }) => code === 0,
    )
  })

  it('that hangs is dead, though the server can be reached and lists it', async () => {
    worker.child.kill('SIGSTOP')
    try {
      const dead = await tokenkeeper(['doctor', '--worker', '--health', health])
      expect(dead.code).toBe(1)
      expect(dead.stdout).toContain('has ended, or hangs')
    } finally {
      worker.child.kill('SIGCONT')
    }
  })

  it('is alive where the server is not', async () => {
    const args = ['doctor', '--worker', '--health', health, '--address', '127.0.0.1:1']
    expect(await tokenkeeper(args)).toMatchObject({ code: 0 })
  })

  it('does not start without a key, or for a module that is none', async () => {
    const withoutKey = { ...env, TOKENKEEPER_PRIVATE_KEYS: '' }
    const first = await startCli(['worker', MODULE], { env: withoutKey }).ended
    expect(first.code).not.toBe(0)
    expect(first.stderr).toContain('npx tokenkeeper keygen')
    const empty = join(folder, 'empty.mjs')
    await writeFile(empty, 'export const nothing = 1\n')
    const second = await startCli(['worker', empty], { env }).ended
    expect(second.stderr).toContain('it exports no connector')
  })
})

it('setup says what the namespace has, and changes nothing the second time', async () => {
  expect((await tokenkeeper(['setup'])).code).toBe(0)
  const again = await tokenkeeper(['setup'])
  expect(again).toMatchObject({ code: 0 })
  expect(again.stdout).toContain('Nothing was changed')
})

describe('an import', () => {
  const row = (account: string, apiKey: string, more: object = {}) =>
    JSON.stringify({ connection: `${erpId}/${account}`, credential: { apiKey }, ...more })
  const rows = (): string =>
    [
      row('one', secrets[0] ?? '', { tags: ['customer:1'], owner: 'u1' }),
      row('there', secrets[1] ?? ''),
      row('wrong', 'canary-wrong'),
      row('late', 'canary-late'),
      `{"connection": "canary-broken`,
    ].join('\n')
  const undoFile = (): string => join(folder, 'undo.ndjson')

  it('is refused from a file that others can read', async () => {
    const file = join(folder, 'accounts.ndjson')
    await writeFile(file, rows(), { mode: 0o644 })
    await chmod(file, 0o644)
    const refused = await tokenkeeper(['import', file])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain(`chmod 600 ${file}`)
  })

  it('says in a dry run what would be done, and does nothing', async () => {
    await client.keeper.connect(erpId, 'there', { apiKey: secrets[1] ?? '' })
    const dry = await tokenkeeper(['import', '--dry-run', '-o', 'jsonl'], rows())
    expect(
      lines(dry)
        .map((one) => one['outcome'])
        .sort(),
    ).toEqual(['failed', 'skipped', 'would connect', 'would connect', 'would connect'])
    await expect(client.keeper.status(erpId, 'one')).rejects.toMatchObject({ code: 'NotConnected' })
  })

  it('connects what is new, with what is said of it; each line has its result', async () => {
    const args = ['import', '--pace', '50/s', '--undo-file', undoFile(), '-o', 'jsonl']
    const done = await tokenkeeper(args, rows())
    expect(done.code).toBe(3)
    const results = [...lines(done)].sort((a, b) => Number(a['line']) - Number(b['line']))
    expect(results.map((one) => one['outcome'])).toEqual([
      'connected',
      'skipped',
      'failed',
      'failed',
      'failed',
    ])
    expect(await client.keeper.status(erpId, 'one')).toMatchObject({
      status: 'active',
      tags: ['customer:1'],
      owner: 'u1',
    })
    expect((await stat(undoFile())).mode & 0o777).toBe(0o600)
    expect(await readFile(undoFile(), 'utf8')).not.toMatch(/canary|\/there/)
    const again = await tokenkeeper(
      ['import', '-o', 'jsonl', '--undo-file', `${undoFile()}2`],
      rows(),
    )
    const first = lines(again).find((one) => one['line'] === 1)
    expect(first).toMatchObject({ outcome: 'skipped' })
  })

  it('is undone: what it made ends, and what was there, or has come since, stays', async () => {
    await client.keeper.connect(erpId, 'late', { apiKey: secrets[2] ?? '' })
    const args = ['import', '--undo', undoFile(), '-o', 'jsonl']
    expect((await tokenkeeper(args)).code).toBe(2)
    const undone = await tokenkeeper([...args, '--yes'])
    expect(undone.code).toBe(0)
    // In the order in which the import's connections ended, and several connect at once.
    const results = [...lines(undone)].sort((a, b) =>
      String(a['connection']).localeCompare(String(b['connection'])),
    )
    expect(results).toEqual([
      {
        connection: `${erpId}/late`,
        outcome: 'skipped',
        message: expect.stringContaining('failed to connect it, and it is active') as string,
      },
      { connection: `${erpId}/one`, outcome: 'ended' },
      { connection: `${erpId}/wrong`, outcome: 'ended' },
    ])
    expect(await client.keeper.status(erpId, 'late')).toMatchObject({ status: 'active' })
    await expect(client.keeper.status(erpId, 'one')).rejects.toMatchObject({ code: 'NotConnected' })
    expect(await client.keeper.status(erpId, 'there')).toMatchObject({ status: 'active' })
    expect(lines(await tokenkeeper([...args, '--yes']))[0]).toMatchObject({ outcome: 'skipped' })
  })
})

describe('doctor', () => {
  it('finds all well where all is well, and needs nobody', async () => {
    const { of } = await until(findings, ({ of: all }) => outcome(all, 'connections')[0] === 'ok')
    for (const check of ['server', 'keeper workers', 'keys', 'clocks', 'proxies', 'versions'])
      expect(outcome(of, check), JSON.stringify(of)).toEqual(['ok'])
    expect(outcome(of, 'connectors')).toEqual(['ok', 'ok'])
  })

  it('says what to do about a connection that needs somebody, and ends with 1', async () => {
    await client.keeper.connect(erpId, 'wrong', { apiKey: 'canary-wrong' }).catch(() => undefined)
    const problemOf = (of: readonly Finding[]): Finding | undefined =>
      of.find((one) => one.check === 'connections' && one.outcome === 'problem')
    // Visibility hears of a new connection a moment later.
    const { code, of } = await until(findings, ({ of: all }) => problemOf(all) !== undefined)
    expect(code).toBe(1)
    const found = problemOf(of)
    expect(found?.message).toContain(`${erpId}/wrong`)
    expect(found?.todo).toContain(`npx tokenkeeper connect ${erpId}/wrong`)
  })

  it('says that no keeper worker is there when it has ended as it was told', async () => {
    worker.child.kill('SIGTERM')
    expect((await worker.ended).code).toBe(0)
    const { code, of } = await findings()
    expect(code).toBe(1)
    expect(outcome(of, 'keeper workers')).toEqual(['problem'])
    expect((await tokenkeeper(['doctor', '--worker', '--health', health])).code).toBe(1)
  })
})

it('no output holds a secret', () => {
  const text = [...outputs, worker.output.stdout, worker.output.stderr].join('\n')
  expect(text.length).toBeGreaterThan(1000)
  expect(text).not.toMatch(/canary-/)
})
