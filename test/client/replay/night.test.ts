import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import type { ReplaySummary } from '../../../src/client/replay/replay-options.js'
import { defineConnector, get, none } from '../../../src/connectors/index.js'
import type { SyncPreview } from '../../../src/contract/sync-preview.js'
import { type CliRun, startCli, startCliOnTerminal } from '../../cli/cli-process.js'
import { until } from '../../integration/until.js'
import { ORDERS, type ReplayStage, startReplayStage } from './replay-stage.js'

const ENDED = ['key-1', 'key-2', 'killed', 'cancelled'] as const
let stage: ReplayStage
let mill: Server & { broken?: boolean }
let env: Record<string, string>

beforeAll(async () => {
  mill = createServer((_request, response) => {
    const orders = [{ id: 'mill-1', flow: 'mill' }]
    response.setHeader('content-type', mill.broken === true ? 'text/html' : 'application/json')
    response.end(mill.broken === true ? '<h1>Sorry</h1>' : JSON.stringify({ orders }))
  })
  mill.listen(0, '127.0.0.1')
  await once(mill, 'listening')
  const baseUrl = `http://127.0.0.1:${String((mill.address() as AddressInfo).port)}`
  stage = await startReplayStage([...ENDED, 'done', 'running', 'shell'], {
    connectors: ({ run }) => [
      defineConnector({
        id: `mill-${run}`,
        baseUrl,
        auth: none(),
        endpoints: { 'orders.list': get('/orders', { items: 'orders' }) },
      }),
    ],
  })
  env = { TEMPORAL_ADDRESS: stage.address }
})
afterAll(async () => {
  await stage.end()
  mill.close()
})

async function tokenkeeper(...args: readonly string[]): Promise<CliRun> {
  return await run('replay', ...args)
}

async function run(...args: readonly string[]): Promise<CliRun> {
  return await startCli([...args, '--task-queue', stage.taskQueue], { env }).ended
}

function parse(run: CliRun): ReplaySummary {
  expect(run.stdout, run.stderr).not.toBe('')
  return JSON.parse(run.stdout) as ReplaySummary
}

const flowsOf = (syncs: readonly { readonly workflowId: string }[]): string[] =>
  syncs
    .map(({ workflowId }) => workflowId.split(`sync-${stage.run}-`)[1] ?? '')
    // The server has syncs of other tests, which this client may not be able to read.
    .filter((flow) => flow !== '')
    .toSorted()

async function night(): Promise<void> {
  const [key, paused] = await Promise.all([
    stage.ownKey('night'),
    stage.ownKey('paused'),
    stage.keeper.connect(`mill-${stage.run}`, 'default', {}),
  ])
  paused.kill()
  const night = { account: 'night', input: { maxWait: '5s' } }
  const from = { connection: `mill-${stage.run}`, endpoint: 'orders.list' }
  mill.broken = true
  // So slow that none is done before the last one is in its middle.
  stage.erp.setDelay(150)
  // One after the other: all are to be in the middle at the same time.
  await stage.start('running', { account: 'paused' })
  for (const flow of ['key-1', 'key-2']) await stage.start(flow, night)
  for (const flow of ['killed', 'cancelled', 'done']) await stage.start(flow, { limit: 10 })
  await stage.start('mill', { input: { from } })
  for (const flow of ENDED) await stage.inTheMiddle(flow)
  key.kill()
  await stage.handleOf('killed').terminate('night')
  await stage.handleOf('cancelled').cancel()
  for (const flow of [...ENDED, 'mill'])
    await expect(stage.handleOf(flow).result(), flow).rejects.toThrow()
  stage.goOn()
  await stage.handleOf('done').result()
  await key.mend()
  mill.broken = false
  const query = `TaskQueue = '${stage.taskQueue}' AND WorkflowType = 'syncFlow' AND ExecutionStatus != 'Running'`
  await until(
    async () => await stage.client.workflow.count(query),
    ({ count }) => count === 6,
  )
}

it('a night of failures is replayed in one command, by connector, time and kind', async () => {
  await night()
  const mine = ['--connector', stage.shopId, '--since', '1h', '-o', 'jsonl']
  const [planned, unasked] = await Promise.all([
    tokenkeeper(...mine, '--failure', 'auth', '--dry-run'),
    tokenkeeper(...mine),
  ])
  const dry = parse(planned)
  expect(dry.dryRun).toBe(true)
  expect(flowsOf(dry.replayed)).toEqual(['key-1', 'key-2'])
  expect(unasked).toMatchObject({ code: 2 })
  expect(unasked.stderr).toContain('--yes')

  const run = await tokenkeeper(...mine, '--yes', '--pace', '20/s')
  expect(run.code, run.stderr).toBe(0)
  expect(run.stderr).toMatch(/^read \d+ of \d+$/m)
  expect(run.stderr).toContain('started 4 of 4')
  const summary = parse(run)
  expect(flowsOf(summary.replayed)).toEqual([...ENDED].toSorted())
  expect(summary).toMatchObject({ dryRun: false, failed: [] })
  expect(flowsOf(summary.skipped)).toEqual([])
  for (const flow of ENDED) {
    const result = await stage.handleOf(flow).result()
    expect(result, flow).toMatchObject({ read: ORDERS, written: ORDERS })
    expect(stage.lost(flow)).toEqual([])
  }
  expect(stage.erp.counters.appliedTwice).toBe(0)

  const upstream = ['--connector', stage.erpId, '--failure', 'upstream', '--yes', '-o', 'jsonl']
  const [again, ofMill, ofRunning] = await Promise.all([
    tokenkeeper(...mine, '--yes'),
    tokenkeeper(...upstream),
    tokenkeeper(stage.idOf('running')),
  ])
  expect(again.code).toBe(0)
  expect(flowsOf(parse(again).skipped)).toEqual([...ENDED].toSorted())
  // Why the one that was named is not replayed.
  expect(ofRunning).toMatchObject({ code: 3 })
  expect(ofRunning.stdout).toMatch(/skipped 1\n {2}sync-\S+-running: it has not ended/)
  expect(flowsOf(parse(ofMill).replayed)).toEqual(['mill'])
  await stage.handleOf('mill').result()
  expect(stage.erp.missing(['mill-1'])).toEqual([])
})

it('a terminal is asked before several are started, and no is taken for an answer', async () => {
  const from = { connection: `mill-${stage.run}`, endpoint: 'orders.list' }
  mill.broken = true
  const runs = ['one', 'two'].map((flow) => stage.start(flow, { input: { from } }))
  for (const run of await Promise.all(runs)) await expect(run.result()).rejects.toThrow()
  const ids = ['one', 'two'].map((flow) => `WorkflowId = '${stage.idOf(flow)}'`).join(' OR ')
  const run = await until(
    async () =>
      await startCliOnTerminal(
        ['replay', '--query', ids, '--task-queue', stage.taskQueue],
        [['[y/N] ', 'n\r']],
        env,
      ).ended,
    ({ stdout }) => stdout.includes('[y/N]'),
  )
  // Before it asks, too.
  expect(run.stdout.split('[y/N]')[0]).toContain('would be replayed 2')
  expect(run.stdout).not.toMatch(/^replayed 2/m)
  expect(run.stdout).toContain('Nothing was started')
  expect(run.code).toBe(130)
})

it('a sync is shown before it writes, started, held, let go on and ended from a shell', async () => {
  const mine = [
    '--from',
    `${stage.shopId}/acme:orders.list`,
    '--to',
    `${stage.erpId}:orders.upsert`,
  ]
  const input = ['--input', 'flow=shell', '--input', 'limit=10']
  const shown = await run('sync', 'start', ...mine, ...input, '--dry-run', '-o', 'json')
  expect(shown.code, shown.stderr).toBe(0)
  const preview = JSON.parse(shown.stdout) as SyncPreview
  expect(preview).toMatchObject({ pages: 1, read: 10, ready: 10, hasMore: true, bad: [] })
  const [write] = preview.writes
  expect(write?.request?.method).toBe('POST')
  expect(write?.body).toContain('shell-00000')
  // Other flows of this file may still ask the ERP, so only this one's orders are counted.
  expect(stage.erp.counters.ordersOfFlow['shell']).toBeUndefined()
  for (const secret of stage.canaries) expect(shown.stdout).not.toContain(secret[1])
  const query = `TaskQueue = '${stage.taskQueue}' AND WorkflowType = 'previewSyncFlow'`
  const flow = await until(
    async () => {
      for await (const found of stage.client.workflow.list({ query })) return found
      return undefined
    },
    (found) => found !== undefined,
  )
  const history = await stage.client.workflow.getHandle(flow?.workflowId ?? '').fetchHistory()
  // Payloads stand there in base64.
  const encoded = JSON.stringify(historyToJSON(history)).match(/[A-Za-z0-9+/=]{16,}/g) ?? []
  const text = encoded.map((data) => Buffer.from(data, 'base64').toString('utf8')).join('\n')
  expect(text).toContain('tk1.')
  expect(text).not.toContain('shell-00000')

  // So slow that it runs as long as the commands take.
  stage.erp.setDelay(1500)
  const started = await run('sync', 'start', ...mine, ...input, '--batch-size', '5', '-o', 'json')
  const { workflowId } = JSON.parse(started.stdout) as { readonly workflowId: string }
  const paused = await run('sync', 'pause', workflowId, '-o', 'json')
  expect(JSON.parse(paused.stdout)).toMatchObject({ workflowId, state: 'paused' })
  const again = await run('sync', 'start', ...mine, ...input)
  expect(again.code).toBe(3)
  expect(again.stderr).toContain('runs already')
  await until(
    () => run('sync', 'list', '--connector', stage.shopId),
    ({ stdout }) => new RegExp(`^${workflowId} +paused`, 'm').test(stdout),
  )
  const cancelled = await run('sync', 'cancel', workflowId)
  // On a busy machine it ends later than the command waits, which says so then.
  expect(cancelled.stdout).toMatch(/cancelled|it is asked to end, and has not ended yet/)
  await until(
    () => stage.client.workflow.getHandle(workflowId).describe(),
    ({ status }) => status.name === 'CANCELLED',
  )
  expect(await run('sync', 'pause', `token:${stage.shopId}:acme`)).toMatchObject({ code: 4 })
  stage.goOn()
})
