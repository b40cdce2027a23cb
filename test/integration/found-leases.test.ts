import type { WorkflowHandle } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureCode } from '../../src/contract/failure.js'
import { keepError } from './evidence.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

const MAX_LEASE_AGE_MS = 2500
/** What a machine that is four times slower may take beside it. */
const SLACK_MS = 60_000

let stage: Stage
let flows = 0
beforeAll(async () => {
  stage = await startStage({ maxLeaseAgeMs: MAX_LEASE_AGE_MS })
  await stage.connectShop()
  await stage.connectErp()
})
afterAll(() => stage.end())

interface Asked {
  readonly connector: string
  readonly account: string
  readonly endpoint: string
  readonly maxWait?: string | number
}

const shop = (): Asked => ({ connector: stage.shopId, account: 'acme', endpoint: 'shop' })
const erp = (account = 'default'): Asked => ({ connector: stage.erpId, account, endpoint: 'me' })

async function start(asked: Asked): Promise<WorkflowHandle> {
  flows += 1
  return await stage.client.workflow.start('callOnce', {
    taskQueue: stage.taskQueue,
    workflowId: `found-${String(flows)}-${stage.run}`,
    args: [{ ...asked, taskQueue: stage.taskQueue }],
  })
}

async function outcomeOf(asked: Asked): Promise<string> {
  const handle = await start(asked)
  return await handle.result().then(
    () => 'done',
    (error: unknown) => failureCode(keepError(error)) ?? 'failed',
  )
}

/** The types of a workflow's events, without `EVENT_TYPE_`. */
async function eventsOf(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory()
  return (events ?? []).map(({ eventType }) => String(eventType))
}

/** Of an execution and its workflow tasks. */
const WORKFLOW_EVENTS = new Set([1, 2, 5, 6, 7, 8, 9])
const SIGNAL_STARTED = '37'
const SIGNALED = '26'

async function signalsOf(handle: WorkflowHandle): Promise<number> {
  const events = await eventsOf(handle)
  return events.filter((type) => type === SIGNAL_STARTED || type === SIGNALED).length
}

const tokens = (connector: string, account: string): WorkflowHandle =>
  stage.client.workflow.getHandle(`token:${connector}:${account}`)
const lengthOf = async (handle: WorkflowHandle): Promise<number> =>
  (await handle.describe()).historyLength

/** Waits for the end of what a workflow still does: its task, and the signals that it sends. */
async function settled(handle: WorkflowHandle): Promise<void> {
  await until(
    () => eventsOf(handle),
    (types) =>
      !['5', '6'].includes(types.at(-1) ?? '') &&
      types.filter((type) => type === SIGNAL_STARTED).length ===
        types.filter((type) => type === '38' || type === '39').length,
  )
}

describe('a call of a connection that works', () => {
  it('leaves no signal and no event with its token workflow, and no sealed value in its history', async () => {
    await outcomeOf(erp())
    await settled(tokens(stage.erpId, 'default'))
    const before = await lengthOf(tokens(stage.erpId, 'default'))
    const handles = await Promise.all(Array.from({ length: 20 }, () => start(erp())))
    for (const handle of handles) await handle.result()
    for (const handle of handles) {
      const history = await handle.fetchHistory()
      // Nothing but the activity: no timer, no signal. A busy machine adds workflow tasks.
      const types = (history.events ?? []).map(({ eventType }) => Number(eventType))
      expect(types.filter((type) => !WORKFLOW_EVENTS.has(type))).toEqual([10, 11, 12])
      const payloads = (history.events ?? []).flatMap((event) => [
        ...(event.activityTaskScheduledEventAttributes?.input?.payloads ?? []),
        ...(event.activityTaskCompletedEventAttributes?.result?.payloads ?? []),
      ])
      const texts = payloads.map(({ data }) => Buffer.from(data ?? []).toString())
      expect(texts.join()).not.toContain('tk1.')
    }
    expect(await lengthOf(tokens(stage.erpId, 'default'))).toBe(before)
  })

  it('finds one as well when its token workflow has slept for longer than a lease lasts', async () => {
    const { events } = await tokens(stage.erpId, 'default').fetchHistory()
    const last = Number(events?.at(-1)?.eventTime?.seconds) * 1000
    await until(
      () => Date.now(),
      (nowMs) => nowMs > last + 1000 + 2 * MAX_LEASE_AGE_MS,
    )
    const handle = await start(erp())
    await handle.result()
    expect(await signalsOf(handle)).toBe(0)
  })

  it('goes by signal where the token was refused, and all that meet it make one refresh', async () => {
    await outcomeOf(shop())
    const { refreshed } = stage.server.counters
    await stage.server.revokeAccessTokensOf(
      stage.canaries.find(([name]) => name === 'refresh token')?.[1] ?? '',
    )
    const handles = await Promise.all(Array.from({ length: 20 }, () => start(shop())))
    for (const handle of handles) await handle.result()
    expect(stage.server.counters.refreshed).toBe(refreshed + 1)
  })
})

describe('what an operator does reaches calls within the age of a lease', () => {
  /** Calls again and again until one ends otherwise; gives how long that took. */
  async function untilEnd(asked: Asked, wanted: string): Promise<number> {
    const startedMs = performance.now()
    await until(
      () => outcomeOf(asked),
      (outcome) => outcome === wanted,
      SLACK_MS,
    )
    return performance.now() - startedMs
  }

  it('pause, and resume', async () => {
    await stage.keeper.connect(stage.erpId, 'paused', { apiKey: stage.erpKey })
    const asked = { ...erp('paused'), maxWait: '500ms' }
    expect(await outcomeOf(erp('paused'))).toBe('done')
    await stage.keeper.pause(stage.erpId, 'paused')
    expect(await untilEnd(asked, 'ConnectionNotUsable')).toBeLessThan(MAX_LEASE_AGE_MS + SLACK_MS)
    expect(await outcomeOf(asked)).toBe('ConnectionNotUsable')
    const parked = await start(erp('paused'))
    await stage.keeper.resume(stage.erpId, 'paused')
    await parked.result()
  })

  it('revoke', async () => {
    await stage.keeper.connect(stage.erpId, 'revoked', { apiKey: stage.erpKey })
    expect(await outcomeOf(erp('revoked'))).toBe('done')
    await stage.keeper.revoke(stage.erpId, 'revoked')
    expect(await untilEnd(erp('revoked'), 'ConnectionRevoked')).toBeLessThan(
      MAX_LEASE_AGE_MS + SLACK_MS,
    )
  })

  it('a token workflow that is terminated, and one that is connected anew', async () => {
    await stage.keeper.connect(stage.erpId, 'gone', { apiKey: stage.erpKey })
    const asked = { ...erp('gone'), maxWait: '500ms' }
    expect(await outcomeOf(erp('gone'))).toBe('done')
    await tokens(stage.erpId, 'gone').terminate('by the test')
    await untilEnd(asked, 'ConnectionNotUsable')
    await stage.keeper.connect(stage.erpId, 'gone', { apiKey: stage.erpKey })
    expect(await outcomeOf(erp('gone'))).toBe('done')
  })
})

describe('a connection that can not serve', () => {
  it('parks the flow, which goes on once it is connected', async () => {
    const parked = await start(erp('later'))
    await until(
      () => stage.client.workflow.count(`TokenkeeperWaitingFor = '${stage.erpId}/later'`),
      ({ count }) => count === 1,
      SLACK_MS,
    )
    await stage.keeper.connect(stage.erpId, 'later', { apiKey: stage.erpKey })
    await parked.result()
  })

  it('with maxWait 0 one that works is called, and one that does not says why', async () => {
    expect(await outcomeOf({ ...erp(), maxWait: 0 })).toBe('done')
    await stage.keeper.connect(stage.erpId, 'now', { apiKey: stage.erpKey })
    await stage.keeper.pause(stage.erpId, 'now')
    const handle = await start({ ...erp('now'), maxWait: 0 })
    const failed: unknown = await handle.result().catch(keepError)
    expect(failureCode(failed)).toBe('ConnectionNotUsable')
    expect(String((failed as Error).cause)).toMatch(/is paused/)
  })
})
