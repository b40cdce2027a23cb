import { createHash } from 'node:crypto'
import { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SinkContext } from '../../../activities/keeper/sync-functions.js'
import { createFailure } from '../../../src/contract/failure.js'
import { CANARY } from '../activity-bench.js'
import { allIds, done, pageOf, PER_PAGE, refuseCanary, SyncStage } from './sync-stage.js'

let stage: SyncStage
beforeAll(async () => {
  stage = await SyncStage.start()
})
afterAll(() => stage.stop())
beforeEach(() => {
  stage.reset()
  stage.makeRecord = (id) => ({ id, note: CANARY })
})

const bare = createHash('sha256')
  .update(JSON.stringify(['sync-1/run-1', [1, 2, 3]]))
  .digest('hex')

describe('a sink that is a function', () => {
  test('gets every record once, in batches, and knows them by lineage, key and ids', async () => {
    const seen: { records: readonly unknown[]; context: SinkContext }[] = []
    stage.sink = async (records, context) => {
      await Promise.resolve()
      seen.push({ records, context })
    }
    const to = { sink: 'writeOrders', batchSize: 3 }
    const result = await stage.bench.sync(await stage.toFunction({ to }, 'orders.checked'), {
      onHeartbeat: refuseCanary,
    })
    expect(result).toEqual({ outcome: 'done', checkpoint: { counters: done } })
    expect(seen.flatMap(({ context }) => context.ids)).toEqual(allIds)
    expect(seen.map(({ records }) => records.length)).toContain(3)
    expect(seen[0]?.context).toMatchObject({ lineage: 'sync-1/run-1', key: bare, attempt: 1 })
    expect(new Set(seen.map(({ context }) => context.key)).size).toBe(seen.length)
    const before = seen.map(({ context }) => context.key)
    seen.length = 0
    const again = await stage.toFunction({ to }, 'orders.checked')
    await stage.bench.sync(again, { info: { attempt: 2 } })
    expect(seen.map(({ context }) => context.key)).toEqual(before)
    expect(seen[0]?.context.attempt).toBe(2)
  })

  test('is called again with the same batch after a throw, whose words are not repeated', async () => {
    const keys: string[] = []
    stage.sink = (records, { key }) => {
      keys.push(key)
      if (keys.length === 2) throw new Error(`${CANARY} ${JSON.stringify(records)}`)
    }
    const failure = await stage.troubled(await stage.toFunction())
    expect(failure).toMatchObject({
      type: 'SinkFailed',
      reason: 'the sink failed',
      message:
        "The sink 'writeOrders' threw at a batch of 4 records from shop/default. It is called again with the same batch, by itself.",
      checkpoint: { cursor: '/v1/orders?page=2', counters: { pages: 1, written: 4 } },
    })
    const { checkpoint } = failure
    await stage.bench.sync(await stage.toFunction({ checkpoint }))
    expect(keys[2]).toBe(keys[1])
  })

  test.each([
    ['a failure that is not retryable', () => ApplicationFailure.nonRetryable(CANARY), true, ''],
    ['a failure of tokenkeeper', () => createFailure('NoKeyHere', CANARY), true, ' (NoKeyHere)'],
    ['no error at all', () => CANARY, false, ''],
  ])('tells how it failed: %s', async (_name, thrown, nonRetryable, code) => {
    stage.sink = () => {
      throw thrown() as Error
    }
    const input = await stage.toFunction()
    const failure = await (nonRetryable ? stage.failing(input) : stage.troubled(input))
    expect(failure).toMatchObject({ type: 'SinkFailed' })
    expect(failure.message).toContain(`threw${code} at a batch`)
  })

  test.each([
    ['a number', 7],
    ['an index beyond the batch', { refused: [{ index: PER_PAGE, reason: 'x' }] }],
    ['no reason', { refused: [{ index: 0 }] }],
    ['no list', { refused: CANARY }],
  ])('an answer that is none is told: %s', async (_name, answer) => {
    stage.sink = () => answer as never
    expect(await stage.troubled(await stage.toFunction())).toMatchObject({ type: 'SinkFailed' })
  })

  test('one that the worker lacks is told with those that it has', async () => {
    const input = await stage.toFunction({ to: { sink: 'writeOrder' } })
    expect(await stage.failing(input)).toMatchObject({
      type: 'UnknownFunction',
      nonRetryable: true,
      message:
        "The keeper worker has no sink 'writeOrder' (it has: writeOrders): give it one in its option sinks, or mend the name.",
    })
    expect(stage.shop.seen).toEqual([])
  })

  test('takes batches of 1 to 10,000', async () => {
    for (const batchSize of [0, 1.5, 10_001]) {
      const input = await stage.toFunction({ to: { sink: 'writeOrders', batchSize } })
      expect(await stage.failing(input)).toMatchObject({ type: 'InvalidInput' })
    }
  })
})

describe('a transform', () => {
  test('changes each record on its way and knows where it is from', async () => {
    const contexts: unknown[] = []
    stage.transform = async (record, context) => {
      contexts.push(context)
      await Promise.resolve()
      return { id: (record as { id: number }).id + 100 }
    }
    const result = await stage.bench.sync(await stage.slice({}, { transform: 'toErpOrder' }))
    expect(result).toMatchObject({ outcome: 'done', checkpoint: { counters: done } })
    expect(stage.writtenIds()).toEqual(allIds.map((id) => id + 100))
    expect(contexts[0]).toEqual({ connection: 'shop/default', endpoint: 'orders.list' })
  })

  test('one that the worker lacks is told before anything is read', async () => {
    const input = await stage.slice({}, { transform: 'toErpOrders' })
    expect(await stage.failing(input)).toMatchObject({ type: 'UnknownFunction' })
    expect(stage.shop.seen).toEqual([])
  })
})

describe('the schema of an item', () => {
  test('is what goes on: what it does not name is left out', async () => {
    const result = await stage.bench.sync(await stage.slice({ from: 'orders.checked' }))
    expect(result).toMatchObject({ outcome: 'done' })
    expect(stage.erp.seen[0]?.body).toBe('{"orders":[{"id":1},{"id":2}]}')
  })

  test('a record that does not fit stops the sync at its page, named by its id', async () => {
    stage.makeRecord = (id) => ({ id, total: id === 7 ? CANARY : undefined })
    const failure = await stage.failing(await stage.slice({ from: 'orders.checked' }))
    expect(failure).toMatchObject({
      type: 'BadRecord',
      nonRetryable: true,
      details: { record: '7', page: 2, reason: 'it does not fit its schema: total (invalid_type)' },
      checkpoint: { cursor: '/v1/orders?page=2', counters: { pages: 1, read: 4, written: 4 } },
    })
    expect(stage.writtenIds()).toEqual([1, 2, 3, 4])
    expect(stage.shop.seen.map(({ path }) => pageOf(path))).not.toContain(4)
  })
})
