import { defaultPayloadConverter } from '@temporalio/common'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReplayedSync, ReplayProgress } from '../../../src/client/replay/replay-options.js'
import type { SyncCheckpoint, SyncResult } from '../../../src/contract/sync.js'
import { until } from '../../integration/until.js'
import { ORDERS, type ReplayStage, startReplayStage, type SyncRunHandle } from './replay-stage.js'

const FLOWS = ['failed', 'late', 'killed', 'cancelled', 'twice', 'dead', 'other', 'whole']

let stage: ReplayStage
beforeAll(async () => {
  stage = await startReplayStage(FLOWS)
})
afterAll(() => stage.end())

async function replayed(flow: string, old: SyncRunHandle, pages = 0): Promise<SyncResult> {
  const { runId } = await old.describe()
  const result = await stage.keeper.replay(stage.idOf(flow))
  expect(result).toMatchObject({ outcome: 'replayed', from: 'checkpoint', runId })
  const { counters } = result as ReplayedSync
  expect(counters.pages).toBeGreaterThanOrEqual(pages)
  const done = await whole(flow, runId)
  expect(done.replayOf).toEqual({ workflowId: stage.idOf(flow), runId })
  return done
}

async function whole(flow: string, firstRunId: string): Promise<SyncResult> {
  const result = await stage.handleOf(flow).result()
  expect(stage.lost(flow)).toEqual([])
  expect(stage.erp.counters.appliedTwice).toBe(0)
  const lineage = `${stage.idOf(flow)}/${firstRunId}`
  expect(result).toMatchObject({ read: ORDERS, written: ORDERS, lineage })
  return result
}

describe('a sync that ended in the middle of a page loses nothing and doubles nothing', () => {
  it('because it failed; where its connection is not usable yet, it is said that it will park', async () => {
    const key = await stage.ownKey('failed')
    const run = await stage.start('failed', { account: 'failed', input: { maxWait: '5s' } })
    await stage.inTheMiddle('failed')
    key.kill()
    await expect(run.result()).rejects.toThrow()
    stage.goOn()
    const early = await stage.keeper.replay(stage.idOf('failed'), { dryRun: true })
    expect(early).toMatchObject({ outcome: 'replayed', note: matching(/parks.*failed/) })
    await key.mend()
    await replayed('failed', run)
  })

  it('because its time was over', async () => {
    // One order a write: that is more than it has time for.
    const to = { connection: stage.erpId, endpoint: 'orders.upsert', batchSize: 1 }
    const run = await stage.start('late', { input: { to }, workflowExecutionTimeout: 2000 })
    await expect(run.result()).rejects.toThrow()
    expect(stage.lost('late')).not.toEqual([])
    const { runId } = await run.describe()
    stage.erp.setDelay(0)
    // A new run has as little time, and begins where the one before it was.
    let done: SyncResult | undefined
    while (done === undefined) {
      expect(await stage.keeper.replay(stage.idOf('late'))).toHaveProperty('outcome', 'replayed')
      const next = stage.handleOf('late').result()
      done = await next.catch(() => undefined)
    }
    stage.goOn()
    await whole('late', runId)
  })

  it('because it was terminated; both runs name each other', async () => {
    const run = await stage.start('killed')
    await stage.inTheMiddle('killed')
    // The server keeps the last heartbeat of a run that is closed: that is all that tells its place.
    await until(
      () => toldByHeartbeat(run),
      (pages) => pages > 0,
    )
    await run.terminate('test')
    stage.goOn()
    const { runId } = await run.describe()
    await replayed('killed', run, 1)
    const next = await stage.handleOf('killed').describe()
    expect(next.memo).toEqual({
      owner: 'Ada',
      tokenkeeper: { replayOf: { workflowId: stage.idOf('killed'), runId } },
    })
    expect(await next.staticSummary()).toBe('orders of killed')
    const query = `TokenkeeperReplayOf = '${stage.idOf('killed')}/${runId}'`
    const found = await until(
      () => list(query),
      (runs) => runs.length > 0,
    )
    expect(found).toEqual([next.runId])
  })

  it('because it was cancelled', async () => {
    const run = await stage.start('cancelled', { limit: 10 })
    await stage.inTheMiddle('cancelled')
    await run.cancel()
    await expect(run.result()).rejects.toThrow()
    stage.goOn()
    await replayed('cancelled', run)
  })

  it('and is started once by five that come at once, also from the first page', async () => {
    const run = await stage.start('twice')
    await stage.inTheMiddle('twice')
    await run.terminate('test')
    stage.goOn()
    const { runId } = await run.describe()
    const id = stage.idOf('twice')
    const dry = await stage.keeper.replay(id, { dryRun: true })
    expect(dry).toMatchObject({ outcome: 'replayed', runId })
    expect(dry).not.toHaveProperty('newRunId')
    expect((await stage.handleOf('twice').describe()).runId).toBe(runId)
    const five = await Promise.all(
      Array.from({ length: 5 }, () => stage.keeper.replay(id, { from: 'start' })),
    )
    const outcomes = five.map(({ outcome }) => outcome).toSorted()
    expect(outcomes).toEqual(['replayed', 'skipped', 'skipped', 'skipped', 'skipped'])
    await whole('twice', runId)
    const both = await until(
      () => list(`WorkflowId = '${id}'`),
      (runs) => runs.length > 1,
    )
    expect(both).toHaveLength(2)
    const again = await stage.keeper.replay(id)
    expect(again).toMatchObject({ outcome: 'skipped', why: matching('completed') })
  })
})

describe('what cannot go on is said before anything is started', () => {
  const checkpoint = { counters: { pages: 1, read: 40, written: 40 } }

  it('a cursor that the source does not know any more, with the choice of a full run', async () => {
    const cursor = '/orders?limit=40&page_info=gone'
    const run = await stage.start('dead', { input: { checkpoint: { ...checkpoint, cursor } } })
    await expect(run.result()).rejects.toThrow()
    const { runId } = await run.describe()
    const refused = await stage.keeper.replay(stage.idOf('dead'))
    expect(refused).toMatchObject({ outcome: 'skipped', why: matching('--if-dead') })
    expect((await run.describe()).runId).toBe(runId)
    const full = await stage.keeper.replay(stage.idOf('dead'), { ifDead: 'start' })
    expect(full).toMatchObject({ outcome: 'replayed', from: 'start' })
    await whole('dead', runId)
  })

  it('a source that is defined otherwise by now, and an endpoint that there is no more', async () => {
    const cursor = '/orders?limit=40&page_info=gone'
    const outdated = { ...checkpoint, cursor, definition: '0000000000000000' }
    const run = await stage.start('other', { input: { checkpoint: outdated } })
    await expect(run.result()).rejects.toThrow()
    const other = await stage.keeper.replay(stage.idOf('other'), { dryRun: true })
    expect(other).toMatchObject({
      outcome: 'skipped',
      why: matching(/definition.*--if-dead/),
    })
    const from = { connection: `${stage.shopId}/acme`, endpoint: 'orders.renamed' }
    const lostEndpoint = await stage.start('renamed', { input: { from } })
    await expect(lostEndpoint.result()).rejects.toThrow()
    const renamed = await stage.keeper.replay(stage.idOf('renamed'), { ifDead: 'start' })
    expect(renamed).toMatchObject({ outcome: 'failed', code: 'UnknownEndpoint' })
  })

  it('a run that has not ended, one that is no sync, and one that there is not', async () => {
    const running = await stage.start('whole')
    const results = await Promise.all([
      stage.keeper.replay(stage.idOf('whole')),
      stage.keeper.replay(`token:${stage.shopId}:acme`),
      stage.keeper.replay('nobody'),
    ])
    expect(results.map(({ outcome }) => outcome)).toEqual(['skipped', 'skipped', 'skipped'])
    const whys = results.map((result) => ('why' in result ? result.why : ''))
    expect(whys[0]).toContain('has not ended')
    expect(whys[1]).toContain('tokenWorkflow')
    expect(whys[2]).toContain('no workflow of this id')
    await running.result()
  })

  it('a pace that is none, and a query that Temporal does not understand', async () => {
    await expect(stage.keeper.replay(stage.idOf('failed'), { pace: 'fast' })).rejects.toMatchObject(
      { code: 'InvalidInput' },
    )
    for (const since of [new Date(Number.NaN), '99999999999 days', 'yesterday'])
      await expect(stage.keeper.replay({ since })).rejects.toMatchObject({ code: 'InvalidInput' })
    await expect(stage.keeper.replay({ query: 'Nonsense = 1' })).rejects.toMatchObject({
      code: 'Unavailable',
    })
  })

  it('and who is asked may say no', async () => {
    const heard: ReplayProgress[] = []
    const query = `WorkflowId = '${stage.idOf('renamed')}' OR WorkflowId = '${stage.idOf('other')}'`
    await until(
      () => stage.client.workflow.count(`(${query}) AND ExecutionStatus = 'Failed'`),
      ({ count }) => count === 2,
    )
    const summary = await stage.keeper.replay(
      { query },
      {
        ifDead: 'start',
        confirm: (plan) => plan.replayed.length === 0,
        onProgress: (progress) => heard.push(progress),
      },
    )
    expect(summary).toMatchObject({ dryRun: true, replayed: [{ from: 'start' }] })
    expect(summary.failed).toHaveLength(1)
    expect(new Set(heard.map(({ phase }) => phase))).toEqual(new Set(['finding', 'checking']))
  })
})

async function toldByHeartbeat(run: SyncRunHandle): Promise<number> {
  const { pendingActivities } = (await run.describe()).raw
  const [payload] = pendingActivities?.[0]?.heartbeatDetails?.payloads ?? []
  if (payload === undefined) return 0
  const told = defaultPayloadConverter.fromPayload<{ checkpoint: SyncCheckpoint }>(payload)
  return told.checkpoint.counters.pages
}

/** Typed: an asymmetric matcher is `any`. */
function matching(pattern: string | RegExp): unknown {
  return expect.stringMatching(pattern)
}

async function list(query: string): Promise<string[]> {
  const runs: string[] = []
  for await (const { runId } of stage.client.workflow.list({ query })) runs.push(runId)
  return runs
}
