import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ImportLog, readImportLog } from '../../src/cli/import/import-log.js'
import { readRow } from '../../src/cli/import/read-row.js'
import { type ImportWorld, type RowResult, runImport } from '../../src/cli/import/run-import.js'

const folder = await mkdtemp(join(tmpdir(), 'tokenkeeper-import-'))
afterAll(() => rm(folder, { recursive: true }))

const CANARY = 'canary-import-secret'

describe('a line', () => {
  it('is a connection with its credential and what is said of it', () => {
    const line = { connection: 'shop/acme', credential: { refreshToken: 'x' }, tags: ['b', 'a'] }
    expect(readRow(JSON.stringify({ ...line, owner: 'u1', description: null }))).toEqual({
      outcome: 'read',
      row: {
        ref: { connector: 'shop', account: 'acme' },
        credential: { refreshToken: 'x' },
        details: { tags: ['a', 'b'], owner: 'u1' },
        allowOtherAccount: undefined,
      },
    })
  })

  it.each<[string, unknown]>([
    ['no JSON', `{"credential": "${CANARY}`],
    ['no object', [CANARY]],
    ['a member that is not known', { connection: 'shop', credential: {}, [CANARY]: 1 }],
    ['a secret beside the credential', { connection: 'shop', refreshToken: CANARY }],
    ['a connection that is none', { connection: `Shop/${CANARY}`, credential: {} }],
    ['no credential', { connection: 'shop' }],
    ['a credential that is a text', { connection: 'shop', credential: CANARY }],
    ['a field that is no text', { connection: 'shop', credential: { apiKey: { v: CANARY } } }],
    ['an empty field', { connection: 'shop', credential: { apiKey: '' } }],
    ['tags that are none', { connection: 'shop', credential: {}, tags: [`${CANARY} x`] }],
    [
      'a secret in the metadata',
      { connection: 'shop', credential: {}, metadata: { password: CANARY } },
    ],
    ['too much', { connection: 'shop', credential: { apiKey: CANARY.repeat(20_000) } }],
  ])('with %s is refused, and nothing of it is repeated', (_what, value) => {
    const read = readRow(typeof value === 'string' ? value : JSON.stringify(value))
    expect(read.outcome).toBe('refused')
    expect(JSON.stringify(read)).not.toContain('canary')
  })
})

async function* linesOf(...rows: readonly unknown[]): AsyncIterable<string> {
  for (const row of rows) {
    await Promise.resolve()
    yield typeof row === 'string' ? row : JSON.stringify(row)
  }
}

function row(connection: string): unknown {
  return { connection, credential: { apiKey: 'x' } }
}

describe('an import', () => {
  const run = async (lines: AsyncIterable<string>, more: object = {}) => {
    const results: RowResult[] = []
    const connected: string[] = []
    const world: ImportWorld = {
      isConnected: ({ ref }) => Promise.resolve(ref.account === 'there'),
      connect: ({ ref }) => {
        if (ref.account === 'bad') return Promise.reject(new Error('refused'))
        connected.push(ref.account)
        return Promise.resolve()
      },
      codeOf: (error) => ({ code: 'Failed', message: (error as Error).message }),
    }
    const onResult = (result: RowResult): void => void results.push(result)
    const options = { lines, world, everyMs: 0, dryRun: false, replace: false, onResult, ...more }
    const summary = await runImport(options)
    return { summary, connected, results: results.sort((a, b) => a.line - b.line) }
  }
  const lines = () =>
    linesOf(row('shop/a'), '', row('shop/there'), row('shop/bad'), 'no', row('shop/a'))

  it('connects what is new; what fails stops nothing else', async () => {
    const { summary, connected, results } = await run(lines())
    expect(summary).toEqual({ connected: 1, skipped: 1, failed: 3 })
    expect(connected).toEqual(['a'])
    expect(results.map(({ line, outcome }) => [line, outcome])).toEqual([
      [1, 'connected'],
      [3, 'skipped'],
      [4, 'failed'],
      [5, 'failed'],
      [6, 'failed'],
    ])
  })

  it('does nothing in a dry run, and replaces only where it is told to', async () => {
    const dry = await run(lines(), { dryRun: true })
    expect(dry.connected).toEqual([])
    expect(dry.results[0]?.outcome).toBe('would connect')
    expect((await run(lines(), { replace: true })).connected).toEqual(['a', 'there'])
  })

  it('keeps its pace', async () => {
    const startedMs = performance.now()
    await run(linesOf(row('shop/a'), row('shop/b'), row('shop/c'), row('shop/d')), { everyMs: 50 })
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(145)
  })
})

describe('the file for the way back', () => {
  it('is read as it was written, and a line that a crash cut off is passed over', async () => {
    const path = join(folder, 'undo')
    const log = await ImportLog.create(path)
    await log.write({ connection: 'shop/a', atMs: 1 })
    await log.write({ connection: 'shop/a', atMs: 1, firstExecutionRunId: 'r' })
    await log.write({ connection: 'shop/b', atMs: 2 })
    await log.write({ connection: 'shop/b', atMs: 2, hasFailed: true })
    await log.close()
    await writeFile(path, '{"connection":"shop/c', { flag: 'a' })
    expect(await readImportLog(path)).toEqual([
      { connection: 'shop/a', atMs: 1, firstExecutionRunId: 'r' },
      { connection: 'shop/b', atMs: 2, firstExecutionRunId: undefined, hasFailed: true },
    ])
    await expect(ImportLog.create(path)).rejects.toThrow(/EEXIST/)
  })

  it('that is none is refused', async () => {
    const path = join(folder, 'other')
    await writeFile(path, '{"connection":"shop/a","credential":{}}\n{}\n')
    await expect(readImportLog(path)).rejects.toThrow(/Line 1 .* is none of an import/)
  })
})
