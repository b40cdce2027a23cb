import { WorkflowNotFoundError } from '@temporalio/common'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTokenQueueActivities } from '../../../activities/index.js'
import { Keeper } from '../../../activities/keeper/keeper.js'
import type { CheckSyncInput, CheckSyncResult } from '../../../src/contract/sync-slice.js'
import { createBelievedLeases, environment } from '../activity-bench.js'
import { SyncStage } from './sync-stage.js'

let stage: SyncStage
beforeAll(async () => {
  stage = await SyncStage.start()
})
afterAll(() => stage.stop())

const from = { connection: 'shop/default', endpoint: 'orders.list' }
const to = { connection: 'erp/default', endpoint: 'orders.upsert' }
const counters = { pages: 2, read: 8, written: 8 }

interface World {
  /** What the namespace has; undefined: the server can't be asked. */
  readonly attributes?: readonly string[]
  /** The workflow that keeps the watermark; undefined: there is none. */
  readonly store?: { readonly status: string; readonly watermark?: unknown }
}

/** As a worker that begins now would be asked: the edge is Temporal's own client. */
async function check(
  input: Partial<CheckSyncInput>,
  { attributes, store }: World = {},
): Promise<{ readonly result: CheckSyncResult; readonly asked: readonly string[] }> {
  const asked: string[] = []
  const { keyring, connectors } = stage.bench
  const keeper = new Keeper({
    keyring,
    connectors,
    functions: {
      sinks: new Map([['writeOrders', () => undefined]]),
      transforms: new Map([['toErpOrder', (record: unknown) => record]]),
    },
    leases: createBelievedLeases(),
  })
  const activities = createTokenQueueActivities(keeper)
  const client = {
    withAbortSignal: (_signal: AbortSignal, work: () => unknown) => work(),
    connection: {
      operatorService: {
        listSearchAttributes: () =>
          attributes === undefined
            ? Promise.reject(new Error('no answer'))
            : Promise.resolve({
                customAttributes: Object.fromEntries(attributes.map((name) => [name, 2])),
              }),
      },
    },
    workflow: {
      getHandle: (id: string) => ({
        describe: () => {
          asked.push(id)
          if (store === undefined) throw new WorkflowNotFoundError('none', id, undefined)
          return Promise.resolve({ status: { name: store.status } })
        },
        query: () => Promise.resolve(store?.watermark),
      }),
    },
  }
  const result: CheckSyncResult = await environment({ client }).run(
    activities['tokenkeeper.check-sync'],
    {
      from,
      to,
      ...input,
    },
  )
  return { result, asked }
}

describe('a sync that is about to begin', () => {
  test('is in order where everything that it names is there, and nothing is sent', async () => {
    const { result, asked } = await check({ transform: 'toErpOrder' })
    expect(result).toEqual({ outcome: 'accepted', searchAttributes: [] })
    const toFunction = await check({ to: { sink: 'writeOrders' } })
    expect(toFunction.result).toMatchObject({ outcome: 'accepted' })
    expect(asked).toEqual([])
    expect([stage.shop.seen.length, stage.erp.seen.length]).toEqual([0, 0])
  })

  test.each<[string, Partial<CheckSyncInput>, string, RegExp]>([
    [
      'a connector that is none',
      { from: { ...from, connection: 'shoop/default' } },
      'UnknownConnector',
      /shoop/,
    ],
    [
      'an endpoint that the source lacks',
      { from: { ...from, endpoint: 'orders.all' } },
      'UnknownEndpoint',
      /no endpoint 'orders\.all' \(it has .*orders\.list/,
    ],
    [
      'a connector of the sink that is none',
      { to: { ...to, connection: 'erpp/default' } },
      'UnknownConnector',
      /erpp/,
    ],
    [
      'an endpoint that the sink lacks',
      { to: { ...to, endpoint: 'orders.none' } },
      'UnknownEndpoint',
      /orders\.none/,
    ],
    [
      'a sink that is no function here',
      { to: { sink: 'writeOrder' } },
      'UnknownFunction',
      /no sink 'writeOrder' \(it has: writeOrders\)/,
    ],
    [
      'a transform that is no function here',
      { transform: 'toOrder' },
      'UnknownFunction',
      /no transform 'toOrder' \(it has: toErpOrder\)/,
    ],
    [
      'a connection that is none',
      { from: { ...from, connection: 'not a name' } },
      'InvalidConnection',
      /./,
    ],
    ['an incremental id that is none', { incrementalId: '' }, 'InvalidInput', /incremental\.id/],
    [
      'a place of a source that is defined otherwise by now',
      { checkpoint: { cursor: '/v1/orders?page=3', counters, definition: '0000000000000000' } },
      'CheckpointOutdated',
      /orders\.list/,
    ],
  ])('is stopped by %s', async (_name, input, code, message) => {
    const attributes = ['TokenkeeperFailure']
    const { result, asked } = await check({ incrementalId: 'orders', ...input }, { attributes })
    expect(result).toEqual({
      outcome: 'refused',
      code,
      message: expect.stringMatching(message) as string,
      searchAttributes: attributes,
    })
    expect(asked).toEqual([])
  })

  test('goes on at a place whose definition is not known, as of the first page', async () => {
    const { result } = await check({ checkpoint: { counters } })
    expect(result).toMatchObject({ outcome: 'accepted' })
  })
})

describe('the watermark of a sync', () => {
  test.each<[string, World['store'], string | number | undefined]>([
    ['that never ran', undefined, undefined],
    ['whose workflow has none yet', { status: 'RUNNING', watermark: null }, undefined],
    ['whose workflow was ended', { status: 'TERMINATED', watermark: 7 }, undefined],
    ['that has one', { status: 'RUNNING', watermark: '2026-01-01' }, '2026-01-01'],
    ['that is zero', { status: 'RUNNING', watermark: 0 }, 0],
  ])('%s', async (_name, store, watermark) => {
    const { result, asked } = await check(
      { incrementalId: 'orders' },
      store === undefined ? {} : { store },
    )
    expect(result.watermark).toBe(watermark)
    expect(asked).toEqual(['watermark:orders'])
  })
})

describe('the search attributes of the namespace', () => {
  test("are told where they are tokenkeeper's", async () => {
    const attributes = ['TokenkeeperConnector', 'Other', 'TokenkeeperWaitingFor']
    const { result } = await check({}, { attributes })
    expect(result.searchAttributes.toSorted()).toEqual([
      'TokenkeeperConnector',
      'TokenkeeperWaitingFor',
    ])
  })

  test('are none where the server can not be asked: to set another would stall the flow', async () => {
    const { result } = await check({})
    expect(result).toEqual({ outcome: 'accepted', searchAttributes: [] })
  })
})
