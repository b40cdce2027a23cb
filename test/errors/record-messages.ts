import * as z from 'zod'
import { apiKey, defineConnector, get } from '../../src/connectors/index.js'
import type { SyncSink } from '../../src/contract/sync.js'
import type { CallStage } from '../activities/call/call-stage.js'
import { sendJson } from '../fixtures/loopback-server.js'
import { createActivityBench, failureOf } from '../activities/activity-bench.js'

/** The message of a sync of one record to a function: the record does not fit, or the function throws. */
export async function ofRecord(stage: CallStage, record: object, to: SyncSink): Promise<string> {
  stage.reset()
  stage.answer = (_seen, _request, response) => {
    sendJson(response, 200, { orders: [record] })
  }
  const itemSchema = z.object({ id: z.number(), total: z.number() })
  const erp = defineConnector({
    id: 'erp',
    baseUrl: stage.upstream.origin,
    auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
    endpoints: { list: get('/orders', { items: 'orders', itemSchema, id: 'id' }) },
  })
  const writeOrders = () => {
    throw new Error('words of its own')
  }
  const bench = await createActivityBench([erp], { sinks: new Map([['writeOrders', writeOrders]]) })
  const sync = bench.sync({
    from: { connection: 'erp/default', endpoint: 'list' },
    to,
    fromLease: await bench.lease('erp/default'),
    lineage: 'x',
    checkpoint: { counters: { pages: 0, read: 0, written: 0 } },
  })
  const result = await sync.catch(() => undefined)
  // A trouble that may pass is handed back with the place.
  if (result?.outcome === 'wait') return result.failed?.message ?? ''
  return (await failureOf(sync)).message
}
