import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authorizedFetch } from '../../activities/fetch/authorized-fetch.js'
import type { Order } from '../fixtures/shop.js'
import { type Stage, startStage } from './stage.js'

const NOTE = 'canary-note-of-an-order'
const attempts: number[] = []

let stage: Stage
beforeAll(async () => {
  stage = await startStage({
    orders: { a: 40 },
    functions: {
      transforms: {
        toErpOrder: (record) => {
          const order = record as Order
          if (order.id === 'a-00007') throw new Error(NOTE)
          return { ...order, note: NOTE }
        },
      },
      sinks: {
        writeOrders: async (records, { key, attempt }) => {
          const response = await authorizedFetch(stage.erpId)('/orders/batch', {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'idempotency-key': key },
            body: JSON.stringify({ orders: records }),
          })
          if (!response.ok) throw new Error(`HTTP ${String(response.status)}`)
          attempts.push(attempt)
          // The ERP has it already, and the sync does not know.
          if (attempts.length === 3) throw new Error(NOTE)
        },
      },
    },
  })
  await stage.connectShop()
  await stage.connectErp()
  stage.canaries.push(['note', NOTE])
})
afterAll(() => stage.end())

describe('a sync to a function of the keeper worker', () => {
  it('writes each record once through authorizedFetch, whatever is thrown on the way', async () => {
    const flow = await stage.sync('a', {
      to: { sink: 'writeOrders', batchSize: 5 },
      transform: 'toErpOrder',
      onBadRecord: 'set-aside',
    })
    expect(await flow.result()).toMatchObject({
      read: 40,
      written: 39,
      setAside: 1,
      setAsideRecords: [{ id: 'page 1, record 8', reason: "the transform 'toErpOrder' threw" }],
    })
    const { orders, appliedTwice, receivedTwice } = stage.erp.counters
    expect({ orders, appliedTwice, receivedTwice }).toEqual({
      orders: 39,
      appliedTwice: 0,
      receivedTwice: 1,
    })
    expect(attempts.slice(2, 4)).toEqual([1, 2])
  })
})
