import {
  type ScheduleDescription,
  ScheduleOverlapPolicy,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
} from '@temporalio/client'
import { toCondition } from '../../src/contract/condition.js'
import { CancelledFailure } from '@temporalio/common'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scheduleSync } from '../../examples/sync/schedule-sync.js'
import { failureCode, failureDetails } from '../../src/contract/failure.js'
import type { SyncInput, SyncProgressReport } from '../../src/contract/sync.js'
import { syncWorkflowId } from '../../src/contract/sync-workflow-id.js'
import { toSyncFailure } from '../../workflows/sync/sync-failure.js'
import { evidence } from './evidence.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

let stage: Stage
beforeAll(async () => {
  stage = await startStage({
    orders: { ended: 20, moved: 400, paused: 200, held: 20, late: 20, renamed: 200, planned: 60 },
    pageDelayMs: 100,
    maxLeaseAgeMs: 1500,
  })
  await stage.connectErp()
})
afterAll(() => stage.end())

const progressOf = (flow: string) => stage.keeper.progress(`sync-${stage.run}-${flow}`)
const missing = (flow: string): readonly string[] =>
  stage.erp.missing(stage.shop.orderIds().filter((id) => id.includes(flow)))
const tokenWorkflow = () => stage.client.workflow.getHandle(`token:${stage.shopId}:acme`)
/** What the flow worker's log has of a sync. */
const logged = (flow: string): readonly string[] =>
  evidence()
    .split('\n')
    .filter(
      (line) => line.includes(`sync-${stage.run}-${flow}"`) && /tokenkeeper: this flow/.test(line),
    )
const failureOf = async (result: Promise<unknown>): Promise<WorkflowFailedError> => {
  const error: unknown = await result.then(
    () => undefined,
    (failed: unknown) => failed,
  )
  if (error instanceof WorkflowFailedError) return error
  throw new Error('the sync has not failed')
}

describe('a parked sync', () => {
  it('says what it waits for, and fails with its place after maxWait', async () => {
    const flow = await stage.sync('late', { maxWait: '5s' })
    const parked = await until(
      () => progressOf('late'),
      ({ state }) => state === 'parked',
    )
    expect(parked).toMatchObject({ connection: `${stage.shopId}/acme`, counters: { pages: 0 } })
    expect(parked.why).toContain('has no credential yet')
    const error = await failureOf(flow.result())
    expect(failureCode(error)).toBe('ConnectionNotUsable')
    expect(failureDetails(error)).toMatchObject({ connection: `${stage.shopId}/acme` })
    expect(error.cause?.message).toContain('maxWait')
    expect(error.cause).toMatchObject({
      details: [expect.anything(), { counters: { pages: 0, read: 0, written: 0 } }],
    })
    await expect(progressOf('late')).rejects.toMatchObject({ code: 'SyncEnded' })
    await until(
      () => logged('late').length,
      (count) => count > 0,
    )
    expect(logged('late')).toEqual([
      expect.stringMatching(
        `^WARN tokenkeeper: this flow at ${stage.shopId}/acme is parked \\(pending\\): .*has no credential yet`,
      ),
    ])
  })

  it('goes on when its token workflow was terminated and its connection connected anew', async () => {
    const flow = await stage.sync('ended', { askAgain: '1s' })
    await until(
      () => progressOf('ended'),
      ({ state }) => state === 'parked',
    )
    await tokenWorkflow().terminate('test')
    await stage.connectShop()
    expect(await flow.result()).toMatchObject({ read: 20, written: 20 })
    expect(missing('ended')).toEqual([])
    // What is logged comes out a moment later.
    const [parked, ...later] = await until(
      () => logged('ended'),
      (lines) => lines.at(-1)?.includes('goes on') === true,
    )
    expect(parked).toMatch(/^WARN .* is parked/)
    expect(later.at(-1)).toMatch(`INFO tokenkeeper: this flow at ${stage.shopId}/acme goes on`)
    expect(later.at(-1)).toMatch(/"waitedMs":\d/)
    const details: unknown = await tokenWorkflow().query('__temporal_workflow_metadata')
    expect(JSON.stringify(details)).toMatch(/Do not terminate or reset it\b.*connect it again/)
  })

  it('goes on with leases that are newer than those it had, though they are counted anew', async () => {
    const flow = await stage.sync('moved', { askAgain: '1s' })
    await until(
      () => progressOf('moved'),
      ({ counters }) => counters.pages > 0,
    )
    await stage.keeper.pause(stage.shopId, 'acme')
    const parked = await until(
      () => progressOf('moved'),
      ({ state }) => state === 'parked',
    )
    expect(parked.why).toContain('is paused')
    await tokenWorkflow().terminate('test')
    await stage.connectShop()
    const result = await flow.result()
    expect(result).toMatchObject({ read: 400, written: 400 })
    expect(result.waits).toContainEqual(
      expect.objectContaining({
        connection: `${stage.shopId}/acme`,
        why: 'paused by an operator',
        times: 1,
      }),
    )
    expect(await stage.keeper.status(stage.shopId, 'acme')).toMatchObject({ status: 'active' })
    expect(missing('moved')).toEqual([])
    expect(stage.erp.counters.appliedTwice).toBe(0)
  })
})

describe('an operator', () => {
  it('pauses one sync at its place, and lets it go on', async () => {
    const flow = await stage.sync('paused')
    await until(
      () => progressOf('paused'),
      ({ counters }) => counters.pages > 0,
    )
    await flow.signal('tokenkeeper.pause')
    const paused = await until(
      () => flow.query<SyncProgressReport>('tokenkeeper.progress'),
      ({ state, counters }) => state === 'paused' && counters.pages > 0,
    )
    expect(paused.why).toBe('paused by an operator: send the signal tokenkeeper.resume')
    // It is paused at once; the slice under way ends with its page.
    await until(
      async () => (await flow.describe()).raw.pendingActivities ?? [],
      (pending) => pending.length === 0,
    )
    expect((await stage.keeper.status(stage.shopId, 'acme')).waiting).toBe(0)
    // A page that was read ahead is given up, and yet the shop gives it.
    await until(
      () => stage.shop.counters.underWay,
      (requests) => requests === 0,
    )
    const { paused: pages, held: before = 0 } = stage.shop.counters.pagesOfFlow
    await stage.sync('held').then((other) => other.result())
    // Where a lease ends between two pages, the one that was read ahead is read again.
    expect(stage.shop.counters.pagesOfFlow['paused']).toBe(pages)
    expect(stage.shop.counters.pagesOfFlow['held']).toBeGreaterThanOrEqual(before + 2)
    await flow.signal('tokenkeeper.resume')
    const result = await flow.result()
    expect(result).toMatchObject({ read: 200, written: 200 })
    expect(result.waits).toMatchObject([{ why: 'paused by an operator', times: 1 }])
    expect(missing('paused')).toEqual([])
    expect(stage.erp.counters.appliedTwice).toBe(0)
  })

  it('pauses a sync that is parked, and cancels it while it is paused', async () => {
    const from = { connection: `${stage.shopId}/other`, endpoint: 'orders.list' }
    const flow = await stage.sync('nobody', { from: { ...from, input: { flow: 'held' } } })
    await until(
      () => progressOf('nobody'),
      ({ state }) => state === 'parked',
    )
    await flow.signal('tokenkeeper.pause')
    await until(
      () => progressOf('nobody'),
      ({ state }) => state === 'paused',
    )
    await until(
      () => stage.keeper.status(stage.shopId, 'other'),
      ({ waiting }) => waiting === 0,
    )
    await flow.cancel()
    expect((await failureOf(flow.result())).cause).toBeInstanceOf(CancelledFailure)
  })

  it('stops a sync with a message and its place by renaming an endpoint that it uses', async () => {
    const unknown = await stage.sync('renamed', {
      from: { connection: `${stage.shopId}/acme`, endpoint: 'orders.all' },
    })
    const early = await failureOf(unknown.result())
    expect(failureCode(early)).toBe('UnknownEndpoint')
    expect(early.cause?.message).toContain(`no endpoint 'orders.all' (it has shop, orders.list)`)

    const flow = await stage.sync('renamed')
    await until(
      () => progressOf('renamed'),
      ({ counters }) => counters.pages > 0,
    )
    await stage.worker.stop()
    const [shop, ...others] = stage.connectors
    if (shop === undefined) throw new Error('there is no shop')
    const { 'orders.list': list, ...endpoints } = shop.endpoints
    if (list === undefined) throw new Error('there is no orders.list')
    const renamed = Object.freeze({ ...shop, endpoints: { ...endpoints, 'orders.page': list } })
    stage.worker = await stage.startKeeper([renamed, ...others])
    const error = await failureOf(flow.result())
    expect(failureCode(error)).toBe('UnknownEndpoint')
    expect(error.cause).toMatchObject({
      details: [
        { connection: `${stage.shopId}/acme`, endpoint: 'orders.list' },
        { counters: expect.objectContaining({ pages: expect.any(Number) as number }) as object },
      ],
    })
    await stage.worker.stop()
    stage.worker = await stage.startKeeper()
  })
})

describe('a sync on a schedule', () => {
  const input = (): SyncInput => ({
    from: {
      connection: `${stage.shopId}/acme`,
      endpoint: 'orders.list',
      input: { flow: 'planned', limit: 10 },
    },
    to: { connection: stage.erpId, endpoint: 'orders.upsert' },
    keeperTaskQueue: stage.taskQueue,
  })

  it('that is late is never run twice over itself', async () => {
    await scheduleSync(stage.client, input(), stage.taskQueue, 'BUFFER_ONE')
    const schedule = stage.client.schedule.getHandle(syncWorkflowId(input()))
    try {
      // So slow that the first run lasts until the schedule has heard of a second one.
      stage.erp.setDelay(1000)
      for (let times = 0; times < 4; times += 1)
        await schedule.trigger(ScheduleOverlapPolicy.BUFFER_ONE)
      const waiting = ({ raw }: ScheduleDescription): number => Number(raw.info?.bufferSize ?? 0)
      await until(
        () => schedule.describe(),
        (found) => found.info.runningActions.length === 1 && waiting(found) > 0,
      )
      stage.erp.setDelay(0)
      const { info } = await until(
        () => schedule.describe(),
        (found) =>
          found.info.recentActions.length > 1 &&
          found.info.runningActions.length === 0 &&
          waiting(found) === 0,
      )
      const runs = await Promise.all(
        info.recentActions.map(async ({ action: { workflow } }) => {
          const { workflowId, firstExecutionRunId } = workflow
          const handle = stage.client.workflow.getHandle(workflowId, firstExecutionRunId)
          // The schedule hears of starts and ends a little later.
          await handle.result()
          return await handle.describe()
        }),
      )
      runs.sort((a, b) => Number(a.startTime) - Number(b.startTime))
      for (const [at, { startTime, status }] of runs.entries()) {
        expect(status.name).toBe('COMPLETED')
        if (at > 0)
          expect(Number(startTime)).toBeGreaterThanOrEqual(Number(runs[at - 1]?.closeTime))
      }
      expect(missing('planned')).toEqual([])
      expect(stage.erp.counters.appliedTwice).toBe(60 * (runs.length - 1))
    } finally {
      stage.erp.setDelay(0)
      await schedule.delete()
    }
  })

  it('that is started twice by hand is refused, or joins the one that runs', async () => {
    const start = (more: object = {}) =>
      stage.client.workflow.start('syncFlow', {
        workflowId: syncWorkflowId(input(), 'by hand'),
        taskQueue: stage.taskQueue,
        args: [input()],
        ...more,
      })
    stage.erp.setDelay(500)
    const first = await start()
    await expect(start()).rejects.toBeInstanceOf(WorkflowExecutionAlreadyStartedError)
    const joined = await start({ workflowIdConflictPolicy: 'USE_EXISTING' })
    expect(joined.firstExecutionRunId).toBe(first.firstExecutionRunId)
    stage.erp.setDelay(0)
    expect(await joined.result()).toMatchObject({ written: 60 })
  })
})

it('an error that is no failure of work is handed on as it is', () => {
  const bug = new TypeError('bug')
  expect(toSyncFailure(bug, { counters: { pages: 0, read: 0, written: 0 } })).toBe(bug)
})

it('a sync whose connection names no account is told which accounts there are', async () => {
  await stage.connectShop()
  const connected = `WorkflowId = 'token:${stage.shopId}:acme' AND TokenkeeperStatus = 'active'`
  await until(
    () => stage.client.workflow.count(connected),
    ({ count }) => count === 1,
  )
  const from = { connection: stage.shopId, endpoint: 'orders.list', input: { flow: 'a' } }
  const flow = await stage.sync('forgotten', { from })
  const parked = await until(
    () => progressOf('forgotten'),
    ({ state }) => state === 'parked',
  )
  const told = `${stage.shopId} has other accounts (acme) but no 'default'`
  expect(parked.why).toContain(told)
  expect(parked.why).toContain(`'${stage.shopId}/acme'`)
  const details: unknown = await flow.query('__temporal_workflow_metadata')
  expect(JSON.stringify(details)).toContain('but no')
  const condition = toCondition(await stage.keeper.status(stage.shopId))
  expect(condition).toMatchObject({ status: 'pending', level: 'person', stops: { count: 1 } })
  expect(condition.cause).toContain(told)
  await flow.terminate()
})
