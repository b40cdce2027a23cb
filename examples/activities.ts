import { authorizedFetch } from 'tokenkeeper'

/** An activity of your own; its worker needs the key, so run it with the plugin. */
export async function countOrders(account: string): Promise<unknown> {
  const fetch = authorizedFetch('shop', account)
  const response = await fetch('/orders/count')
  return await response.json()
}
