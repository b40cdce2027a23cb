import { randomUUID } from 'node:crypto'
import { Client, type WorkflowHandle, type WorkflowStartOptions } from '@temporalio/client'
import {
  defineSearchAttributeKey,
  type Payload,
  type PayloadCodec,
  SearchAttributeType,
} from '@temporalio/common'
import { temporal } from '@temporalio/proto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkReplays } from '../../../src/client/replay/check-replays.js'
import { type EndedSync, readEndedSync } from '../../../src/client/replay/read-ended-sync.js'
import type { ReplaySummary } from '../../../src/client/replay/replay-options.js'
import { defineConnector, get, none, post } from '../../../src/connectors/index.js'
import {
  readBody,
  type LoopbackServer,
  startLoopbackServer,
} from '../../fixtures/loopback-server.js'
import { type Stage, startStage } from '../../integration/stage.js'
import { until } from '../../integration/until.js'

const TEAM = defineSearchAttributeKey('ReplayTestTeam', SearchAttributeType.KEYWORD)

/** A ledger without keys of any kind: what is written twice stands there twice. */
let ledger: LoopbackServer & { entries: string[]; breaks: boolean }
let stage: Stage
let end: { connection: string; endpoint: string }

beforeAll(async () => {
  const server = await startLoopbackServer(async (request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.method === 'GET') {
      response.end(JSON.stringify({ orders: [{ id: 'a' }, { id: 'b' }] }))
      return
    }
    const { id } = JSON.parse(await readBody(request)) as { readonly id: string }
    ledger.entries.push(id)
    if (ledger.breaks) request.socket.destroy()
    else response.end('{}')
  })
  ledger = Object.assign(server, { entries: [], breaks: false })
  stage = await startStage({
    cachedWorkflows: 100,
    connectors: ({ run }) => [
      defineConnector({
        id: `ledger-${run}`,
        baseUrl: ledger.origin,
        auth: none(),
        endpoints: {
          'orders.list': get('/orders', { items: 'orders' }),
          'entries.create': post('/entries'),
        },
      }),
    ],
  })
  end = { connection: `ledger-${stage.run}`, endpoint: 'orders.list' }
  await stage.keeper.connect(end.connection, 'default', {})
  const { operatorService } = stage.client.connection
  const { namespace } = stage.client.options
  const { INDEXED_VALUE_TYPE_KEYWORD: keyword } = temporal.api.enums.v1.IndexedValueType
  await operatorService.addSearchAttributes({
    namespace,
    searchAttributes: { [TEAM.name]: keyword },
  })
})
afterAll(async () => {
  await stage.end()
  await ledger.stop()
})

function input(more: object = {}) {
  const to = { ...end, endpoint: 'entries.create' }
  return { from: end, to, keeperTaskQueue: stage.taskQueue, ...more }
}

/** A sync that ended before any worker had seen it. */
async function terminated(
  args: unknown,
  more: Partial<WorkflowStartOptions> = {},
  client: Client = stage.client,
): Promise<WorkflowHandle> {
  const handle = await client.workflow.start('syncFlow', {
    workflowId: `kept-${stage.run}-${randomUUID()}`,
    taskQueue: `nobody-${stage.run}`,
    args: [args],
    ...more,
  })
  await handle.terminate('test')
  return handle
}

async function replayAll(handles: readonly WorkflowHandle[]): Promise<ReplaySummary> {
  const query = handles.map(({ workflowId }) => `WorkflowId = '${workflowId}'`).join(' OR ')
  await until(
    () => stage.client.workflow.count(`(${query}) AND ExecutionStatus = 'Terminated'`),
    ({ count }) => count === handles.length,
  )
  return await stage.keeper.replay({ query })
}

it('a run in the stead of another has the priority, search attributes and times that it was given', async () => {
  const given = {
    priority: { priorityKey: 2, fairnessKey: 'acme', fairnessWeight: 3 },
    typedSearchAttributes: [{ key: TEAM, value: 'billing' }],
    workflowExecutionTimeout: 3_600_000,
    workflowTaskTimeout: 7000,
    retry: { maximumAttempts: 3, initialInterval: 2000 },
  }
  const old = await until(
    () => terminated(input(), given).catch(() => undefined),
    (handle) => handle !== undefined,
  )
  const workflowId = old?.workflowId ?? ''
  expect(await stage.keeper.replay(workflowId)).toHaveProperty('outcome', 'replayed')
  const next = stage.client.workflow.getHandle(workflowId)
  const { priority, typedSearchAttributes, taskQueue } = await next.describe()
  expect(taskQueue).toBe(`nobody-${stage.run}`)
  expect(priority).toMatchObject(given.priority)
  expect(typedSearchAttributes.get(TEAM)).toBe('billing')
  const { events } = await next.fetchHistory()
  expect(events?.[0]?.workflowExecutionStartedEventAttributes).toMatchObject({
    workflowExecutionTimeout: { seconds: expect.objectContaining({ low: 3600 }) as unknown },
    workflowTaskTimeout: { seconds: expect.objectContaining({ low: 7 }) as unknown },
    retryPolicy: { maximumAttempts: 3 },
  })
  await next.terminate('end of the test')
})

it('a write of unknown outcome is not repeated before the operator says so', async () => {
  ledger.breaks = true
  const workflowId = `kept-${stage.run}-ledger`
  const { taskQueue } = stage
  const run = await stage.client.workflow.start('syncFlow', {
    workflowId,
    taskQueue,
    args: [input()],
  })
  await expect(run.result()).rejects.toThrow()
  ledger.breaks = false
  expect(ledger.entries).toEqual(['a'])
  for (const from of ['checkpoint', 'start'] as const) {
    const refused = await stage.keeper.replay(workflowId, { from })
    expect(refused).toMatchObject({ outcome: 'skipped' })
    expect('why' in refused && refused.why).toContain('--if-unknown repeat')
  }
  expect(ledger.entries).toEqual(['a'])
  const again = await stage.keeper.replay(workflowId, { ifUnknown: 'repeat' })
  expect(again).toMatchObject({ outcome: 'replayed', counters: { written: 0 } })
  await stage.client.workflow.getHandle(workflowId).result()
  expect(ledger.entries).toEqual(['a', 'a', 'b'])
})

describe('one that is in the way', () => {
  const whyNot = (summary: ReplaySummary, { workflowId }: WorkflowHandle): unknown =>
    [...summary.skipped, ...summary.failed].find((one) => one.workflowId === workflowId)

  it('since nobody here can read its payloads, or nobody could make a sync of them, is named alone', async () => {
    const other = new Client({
      connection: stage.client.connection,
      dataConverter: { payloadCodecs: [sealing] },
    })
    const good = await terminated(input())
    const sealed = await terminated(input(), { memo: { owner: 'Ada' } }, other)
    const wrong = await Promise.all([
      terminated('nonsense'),
      terminated(input({ from: { connection: 5, endpoint: {} } })),
      terminated(input({ keeperTaskQueue: 7 })),
      terminated(input({ to: {} })),
      terminated(input({ incremental: null })),
    ])
    const bad = await terminated(input({ from: { ...end, input: 'no object' }, transform: 5 }))
    const summary = await replayAll([good, sealed, ...wrong, bad])
    expect(summary.replayed.map(({ workflowId }) => workflowId)).toEqual([good.workflowId])
    for (const handle of [sealed, ...wrong])
      expect(whyNot(summary, handle), handle.workflowId).toHaveProperty(
        'why',
        expect.stringContaining('codec'),
      )
    expect(whyNot(summary, bad)).toHaveProperty('code')
    await stage.client.workflow.getHandle(good.workflowId).terminate('end of the test')
  })

  it('since nobody works on its task queue, is named alone; where nobody answers at all, that is said', async () => {
    const ended = async (more: object = {}): Promise<EndedSync> => {
      const handle = await terminated(input(more))
      const read = await readEndedSync(stage.client, await handle.describe())
      if (read === undefined) throw new Error('not read')
      return read
    }
    const good = await ended()
    const lonely = await ended({ keeperTaskQueue: `nobody-${stage.run}` })
    const options = { from: 'checkpoint', onChecked: () => undefined, within: '5s' } as const
    const { verdicts } = await checkReplays(stage.client, [lonely, good], options)
    expect(verdicts.get(good)).toEqual({ outcome: 'ready' })
    expect(verdicts.get(lonely)).toMatchObject({ outcome: 'refused', code: 'NoKeeperWorker' })
    await expect(
      checkReplays(stage.client, [lonely], { ...options, within: '1s' }),
    ).rejects.toMatchObject({
      code: 'NoKeeperWorker',
    })
  })
})

const ENCODING = new TextEncoder().encode('binary/encrypted')
/** As a codec of another team leaves payloads. */
const sealing: PayloadCodec = {
  encode: (payloads) =>
    Promise.resolve(
      payloads.map((): Payload => ({ metadata: { encoding: ENCODING }, data: new Uint8Array(8) })),
    ),
  decode: (payloads) => Promise.resolve(payloads),
}
