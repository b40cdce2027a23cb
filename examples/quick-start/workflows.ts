import { connection } from 'tokenkeeper/workflow'
import type { erp, shop } from './connector.js'

// The ready-made flow: a flow worker that exports it can run syncs.
export { syncFlow } from 'tokenkeeper/workflow'

/** Copies one order of a customer's shop to the ERP. No token passes through this code. */
export async function copyOrder(account: string, id: string): Promise<number> {
  const order = await connection<typeof shop>('shop', account).call('orders.get', { id })
  // Without `maxWait` a flow waits for a connection that is not usable, for days if need be.
  const target = connection<typeof erp>('erp', 'default', { maxWait: '2 hours' })
  await target.call('orders.upsert', { body: { orders: [order] } }, { idempotencyKey: id })
  return order.total
}
