import { CancelledFailure } from '@temporalio/common'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiKey, defineConnector, get, linkHeader } from '../../src/connectors/index.js'
import { failureCode } from '../../src/contract/failure.js'
import type { SyncInput, SyncProgressReport, SyncResult } from '../../src/contract/sync.js'
import {
  WATERMARK_QUERIES,
  WATERMARK_SIGNALS,
  watermarkWorkflowId,
} from '../../src/contract/watermark-messages.js'
import { type ChangingShop, startChangingShop } from '../fixtures/changing-shop.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

const written: string[] = []
/** An id that the sink does not take. */
let refused: string | undefined
/** What the sink waits for at each record. */
let held: Promise<unknown> = Promise.resolve()

let shop: ChangingShop
let stage: Stage
let connector: string
beforeAll(async () => {
  shop = await startChangingShop(['canary-changing', 'limited'])
  stage = await startStage({
    connectors: ({ run }) => [
      defineConnector({
        id: `changing-${run}`,
        baseUrl: shop.origin,
        auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
        endpoints: { 'orders.list': get('/orders', { id: 'id', paginate: linkHeader() }) },
      }),
    ],
    functions: {
      sinks: {
        keepOrders: async (_records, { ids }) => {
          await held
          if (ids.some((id) => id === refused))
            return { refused: [{ index: 0, reason: 'it is not wanted' }] }
          written.push(...ids.map(String))
          return undefined
        },
      },
    },
  })
  connector = `changing-${stage.run}`
  await stage.keeper.connect(connector, 'default', { apiKey: 'canary-changing' })
  await stage.keeper.connect(connector, 'busy', { apiKey: 'limited' })
})
afterAll(async () => {
  await stage.end()
  await shop.stop()
})

const minute = (at: number): string => new Date(Date.UTC(2026, 0, 1, 0, at)).toISOString()
const change = (id: string, at: number): void => {
  shop.records.set(id, { id, updated_at: minute(at) })
}
const idOf = (flow: string): string => `sync-${stage.run}-${flow}`
const run = (flow: string, more: Partial<SyncInput> = {}) =>
  stage.sync(flow, {
    from: { connection: connector, endpoint: 'orders.list', input: { limit: 3 } },
    to: { sink: 'keepOrders', batchSize: 1 },
    incremental: {
      id: `orders of ${stage.run}`,
      field: 'updated_at',
      param: 'updated_at_min',
    },
    ...more,
  })
const store = (id = `orders of ${stage.run}`) =>
  stage.client.workflow.getHandle(watermarkWorkflowId(id))
const stored = () => store().query<unknown>(WATERMARK_QUERIES.watermark)
/** Visibility is a little late. */
const found = async (query: string, workflowId: string): Promise<void> => {
  const list = async (): Promise<string[]> => {
    const ids: string[] = []
    for await (const one of stage.client.workflow.list({ query })) ids.push(one.workflowId)
    return ids
  }
  expect(await until(list, (ids) => ids.length === 1)).toEqual([workflowId])
}

/** What an activity was given by the workflows of a type. */
async function inputsOf(workflowType: string, activity: string): Promise<unknown[]> {
  const query = `WorkflowType = '${workflowType}' AND TaskQueue = '${stage.taskQueue}'`
  const inputs: unknown[] = []
  for await (const { workflowId } of stage.client.workflow.list({ query })) {
    const { events } = await stage.client.workflow.getHandle(workflowId).fetchHistory()
    for (const { activityTaskScheduledEventAttributes: one } of events ?? [])
      if (one?.activityType?.name === activity)
        inputs.push(JSON.parse(Buffer.from(one.input?.payloads?.[0]?.data ?? []).toString('utf8')))
  }
  return inputs
}

describe('an incremental sync', () => {
  it('reads all the first time, and its watermark moves once the sink has accepted everything', async () => {
    for (const at of [1, 2, 3, 4, 5]) change(String(at), at)
    let release: (value?: unknown) => void = () => undefined
    held = new Promise((resolve) => {
      release = resolve
    })
    const first = await run('first')
    await until(
      () => shop.asked.length,
      (pages) => pages === 2,
    )
    await expect(store().describe()).rejects.toThrow()
    release()
    const result: SyncResult = await first.result()
    expect(result).toMatchObject({ read: 5, written: 5, watermark: minute(5) })
    expect(shop.asked).toEqual([undefined, undefined])
    expect(await stored()).toBe(minute(5))
  })

  it('that fails moves nothing; its replay goes on with the watermark of before, and moves it', async () => {
    change('2', 6)
    change('6', 7)
    change('7', 8)
    ;[shop.asked.length, written.length] = [0, 0]
    refused = '7'
    const failed = await run('second')
    const error: unknown = await failed.result().then(
      () => undefined,
      (failure: unknown) => failure,
    )
    expect(failureCode(error)).toBe('BadRecord')
    expect(await stored()).toBe(minute(5))
    expect(written).toEqual(['5', '2', '6'])
    await found(
      `TokenkeeperFailure = 'BadRecord' AND TokenkeeperConnector = '${connector}'`,
      idOf('second'),
    )

    refused = undefined
    const { runId } = await failed.describe()
    const replayed = await stage.keeper.replay(idOf('second'))
    expect(replayed).toMatchObject({ outcome: 'replayed', from: 'checkpoint' })
    const again = stage.client.workflow.getHandle(idOf('second'))
    expect(await again.result()).toMatchObject({ read: 4, written: 4, watermark: minute(8) })
    expect(await stored()).toBe(minute(8))
    // Its second page, also where it is only tried.
    expect(shop.asked.slice(-2)).toEqual([minute(5), minute(5)])
    expect(new Set(shop.asked).size).toBe(1)
    const probed = await until(
      () => inputsOf('checkReplayFlow', 'tokenkeeper.probe-page'),
      ({ length }) => length > 0,
    )
    expect(probed).toEqual([
      expect.objectContaining({
        from: expect.objectContaining({
          input: { limit: 3, updated_at_min: minute(5) },
        }) as unknown,
      }),
    ])
    expect(written).toEqual(['5', '2', '6', '7'])
    await found(`TokenkeeperReplayOf = '${idOf('second')}/${runId}'`, idOf('second'))
  })

  it('reads only what changed since, and what is of that very moment', async () => {
    change('1', 9)
    ;[shop.asked.length, written.length] = [0, 0]
    const third = await run('third')
    expect(await third.result()).toMatchObject({ read: 2, watermark: minute(9) })
    expect(shop.asked).toEqual([minute(8)])
    expect(written).toEqual(['7', '1'])
  })

  it('never moves its watermark backwards, also over continue-as-new', async () => {
    const id = `moved of ${stage.run}`
    await stage.client.workflow.start('watermarkWorkflow', {
      taskQueue: stage.taskQueue,
      workflowId: watermarkWorkflowId(id),
      args: [{ signalsPerRun: 3 }],
    })
    for (const watermark of [2, 10, 3, { at: 4 }, 9])
      await store(id).signal(WATERMARK_SIGNALS.move, { watermark, by: 'test' })
    // The server puts off the first task of a run whose last one was that short.
    await until(
      () => store(id).fetchHistory(),
      ({ events }) =>
        events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId !== '' &&
        events?.some((event) => event.workflowTaskCompletedEventAttributes) === true,
    )
    expect(await store(id).query(WATERMARK_QUERIES.watermark)).toBe(10)
  })
})

it('a sync that waits for an upstream says so everywhere, and can be cancelled meanwhile', async () => {
  const askedAtMs = Date.now()
  const flow = await run('busy', {
    from: { connection: `${connector}/busy`, endpoint: 'orders.list', input: { limit: 3 } },
  })
  const progress = () => flow.query<SyncProgressReport>('tokenkeeper.progress')
  const waiting = await until(progress, ({ state }) => state === 'waiting')
  expect(waiting).toMatchObject({
    connection: `${connector}/busy`,
    why: 'HTTP 429; it goes on by itself then',
    counters: { pages: 0 },
  })
  const { sinceMs = 0, untilMs = 0 } = waiting
  // It asks for a minute. Moments of the server's clock are of whole milliseconds.
  expect(untilMs).toBeGreaterThanOrEqual(askedAtMs + 59_000)
  const { currentDetails } = await flow.query<{
    currentDetails: string
  }>('__temporal_workflow_metadata')
  expect(currentDetails).toContain(
    `### Waits for\n- **${connector}/busy**, workflow \`token:${connector}:busy\`, since ${new Date(sinceMs).toISOString()}, until ${new Date(untilMs).toISOString()}: HTTP 429`,
  )
  expect(await stage.keeper.progress(idOf('busy'))).toMatchObject({ state: 'waiting', untilMs })
  await found(`TokenkeeperWaitingFor = '${connector}/busy'`, idOf('busy'))
  await flow.cancel()
  await expect(flow.result()).rejects.toMatchObject({
    cause: expect.any(CancelledFailure) as Error,
  })
  const stillWaiting = async (): Promise<number> =>
    (await stage.client.workflow.count(`TokenkeeperWaitingFor = '${connector}/busy'`)).count
  expect(await until(stillWaiting, (count) => count === 0)).toBe(0)
})
