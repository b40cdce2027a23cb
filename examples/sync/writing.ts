import type { Client } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import { authorizedFetch, createKeeperWorker, secret, type SinkFunction } from 'tokenkeeper'
import { apiKey, defineConnector, get, linkHeader, post, put } from 'tokenkeeper/connector'
import { syncFlow } from 'tokenkeeper/workflow'
import * as z from 'zod'

// The source

export const shop = defineConnector({
  id: 'shop',
  baseUrl: 'https://api.shop.example/v1',
  auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
  endpoints: {
    'orders.list': get('/orders', {
      items: 'orders',
      // Each record must fit, and goes on as the schema gives it back.
      itemSchema: z.object({ id: z.string(), total: z.number() }),
      // By this it is named where it can't go through.
      id: 'id',
      paginate: linkHeader(),
    }),
  },
})

// Sinks that are endpoints

export const erp = defineConnector({
  id: 'erp',
  baseUrl: 'https://erp.example/api',
  auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
  endpoints: {
    // One record a request: the body is the record. A PUT twice is the same as once.
    'orders.put': put('/orders/{id}'),

    // Up to 100 records a request, safe to send again by its key.
    'orders.batch': post('/orders/batch', {
      batch: { size: 100, items: 'orders' },
      idempotency: { header: 'Idempotency-Key', id: 'id' },
    }),

    // It knows no keys: what is there already is looked up first, and left as it is.
    'orders.find': get('/orders'),
    'orders.create': post('/orders', {
      lookup: {
        endpoint: 'orders.find',
        param: 'external_id',
        key: 'id',
        found: 'orders',
      },
    }),

    // It tells of each record what became of it: { results: [{ status: 201 }, { status: 422, … }] }.
    'orders.import': post('/orders/import', {
      batch: { size: 500, items: 'orders' },
      idempotency: { header: 'Idempotency-Key', id: 'id' },
      results: {
        path: 'results',
        ok: { path: 'status', equals: [200, 201] },
        reason: 'error.code',
      },
    }),
  },
})

// Functions

/** Changes a record on its way. */
export const toErpOrder = (record: unknown) => {
  const { id, total } = record as { readonly id: string; readonly total: number }
  return { id, cents: Math.round(total * 100) }
}

/** A sink of your own. It may be called again with the same batch, which then has the same key. */
export const writeOrders: SinkFunction = async (records, { key, ids, signal }) => {
  const fetch = authorizedFetch('erp')
  const response = await fetch('/orders/batch', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ orders: records }),
    repeatable: true,
    signal,
  })
  if (response.ok) return undefined
  if (response.status !== 422) throw new Error(`HTTP ${String(response.status)}`)
  const { refused } = (await response.json()) as { readonly refused: readonly string[] }
  return { refused: refused.map((id) => ({ index: ids.indexOf(id), reason: 'not accepted' })) }
}

export async function startKeeper(): Promise<void> {
  const worker = await createKeeperWorker({
    connection: await NativeConnection.connect(),
    connectors: [shop, erp],
    privateKeys: [secret('file:/run/keys/2026-11')],
    sinks: { writeOrders },
    transforms: { toErpOrder },
  })
  await worker.run()
}

// A sync

export async function startSync(client: Client): Promise<void> {
  await client.workflow.start(syncFlow, {
    taskQueue: 'flows',
    workflowId: 'orders-to-erp',
    args: [
      {
        from: { connection: 'shop/acme', endpoint: 'orders.list' },
        transform: 'toErpOrder',
        to: { connection: 'erp', endpoint: 'orders.batch' },
        onBadRecord: 'set-aside',
      },
    ],
  })
}

export async function startSyncToFunction(client: Client): Promise<void> {
  await client.workflow.start(syncFlow, {
    taskQueue: 'flows',
    workflowId: 'orders-to-function',
    args: [
      {
        from: { connection: 'shop/acme', endpoint: 'orders.list' },
        to: { sink: 'writeOrders', batchSize: 50 },
      },
    ],
  })
}
