import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { SYNC_QUERIES, SYNC_SIGNALS, type SyncProgressReport } from '../../../src/contract/sync.js'
import { until } from '../../integration/until.js'
import { ORDERS, type ReplayStage, startReplayStage } from './replay-stage.js'

const BATCH = ['batch-1', 'batch-2'] as const
const CALLED_OFF = ['off-1', 'off-2'] as const
const HELD = ['held-1', 'held-2'] as const

let stage: ReplayStage
beforeAll(async () => {
  stage = await startReplayStage(['failed', ...BATCH, ...CALLED_OFF, ...HELD])
})
afterAll(() => stage.end())

/** Temporal's own CLI, as an operator would call it. */
async function temporal(...args: readonly string[]): Promise<string> {
  const env = { HOME: '/nonexistent', TEMPORAL_ADDRESS: stage.address }
  const { stdout } = await promisify(execFile)(inject('temporalCliPath'), [...args], { env })
  return stdout
}

/** The batch commands take a list filter; `--yes` answers how many are meant. */
async function batch(command: string, prefix: string, ...more: readonly string[]): Promise<void> {
  const query = `WorkflowId STARTS_WITH 'sync-${stage.run}-${prefix}'`
  await temporal('workflow', command, '--query', query, '--reason', 'a night', '--yes', ...more)
}

async function ended(flows: readonly string[], status: string): Promise<void> {
  for (const flow of flows)
    await until(
      async () => (await stage.handleOf(flow).describe()).status.name,
      (name) => name === status,
    )
}

async function whole(flows: readonly string[]): Promise<void> {
  for (const flow of flows) {
    const result = await stage.handleOf(flow).result()
    expect(result, flow).toMatchObject({ read: ORDERS, written: ORDERS })
    expect(stage.lost(flow), flow).toEqual([])
  }
  expect(stage.erp.counters.appliedTwice).toBe(0)
}

describe("Temporal's own ways lose nothing and double nothing", () => {
  it('temporal workflow reset, to the workflow task that began the last slice', async () => {
    const key = await stage.ownKey('failed')
    const run = await stage.start('failed', { account: 'failed', input: { maxWait: '5s' } })
    await stage.inTheMiddle('failed')
    key.kill()
    await expect(run.result()).rejects.toThrow()
    stage.goOn()
    await key.mend()
    const { events } = await run.fetchHistory()
    const slice = events?.findLast(
      ({ activityTaskScheduledEventAttributes: begun }) =>
        begun?.activityType?.name === 'tokenkeeper.sync',
    )?.activityTaskScheduledEventAttributes
    const eventId = String(slice?.workflowTaskCompletedEventId)
    const id = stage.idOf('failed')
    await temporal('workflow', 'reset', '-w', id, '-e', eventId, '--reason', 'key mended')
    await whole(['failed'])
  })

  it('temporal workflow terminate and reset, each for many by a query', async () => {
    for (const flow of BATCH) await stage.start(flow)
    for (const flow of BATCH) await stage.inTheMiddle(flow)
    await batch('terminate', 'batch-')
    await ended(BATCH, 'TERMINATED')
    stage.goOn()
    await batch('reset', 'batch-', '--type', 'LastWorkflowTask')
    await ended(BATCH, 'COMPLETED')
    await whole(BATCH)
  })

  it('temporal workflow cancel for many, and replay', async () => {
    for (const flow of CALLED_OFF) await stage.start(flow, { limit: 10 })
    for (const flow of CALLED_OFF) await stage.inTheMiddle(flow)
    await batch('cancel', 'off-')
    await ended(CALLED_OFF, 'CANCELLED')
    stage.goOn()
    const query = `WorkflowId STARTS_WITH 'sync-${stage.run}-off-'`
    // Visibility hears of an end a moment later.
    await until(
      () => stage.client.workflow.count(`${query} AND ExecutionStatus = 'Canceled'`),
      ({ count }) => count === CALLED_OFF.length,
    )
    const summary = await stage.keeper.replay({ query })
    expect(summary.replayed).toHaveLength(CALLED_OFF.length)
    await whole(CALLED_OFF)
  })

  it('temporal workflow signal, to hold many and let them go on', async () => {
    for (const flow of HELD) await stage.start(flow, { limit: 10 })
    for (const flow of HELD) await stage.inTheMiddle(flow)
    await batch('signal', 'held-', '--name', SYNC_SIGNALS.pause)
    const progressOf = (flow: string): Promise<SyncProgressReport> =>
      stage.handleOf(flow).query<SyncProgressReport>(SYNC_QUERIES.progress)
    for (const flow of HELD)
      await until(
        () => progressOf(flow),
        ({ state }) => state === 'paused',
      )
    for (const flow of HELD) expect(stage.lost(flow), flow).not.toEqual([])
    stage.goOn()
    await batch('signal', 'held-', '--name', SYNC_SIGNALS.resume)
    await whole(HELD)
  })
})
