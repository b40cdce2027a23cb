import { connection } from 'tokenkeeper/workflow'
import type { shop } from './connector.js'

/** No token passes through this code, nor through its history. */
export async function orderTotal(account: string, id: string): Promise<number> {
  const order = await connection<typeof shop>('shop', account).call('orders.get', { id })
  return order.total
}
