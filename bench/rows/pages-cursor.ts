import { comparePages } from '../compare-pages.js'
import type { Measured } from '../statistics.js'

export async function measure(): Promise<Measured> {
  return await comparePages('cursor', '/orders/by-cursor?', {
    endpoint: 'orders.by-cursor',
    first: {},
  })
}
