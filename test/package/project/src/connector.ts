import { apiKey, defineConnector, get, linkHeader, post } from 'tokenkeeper/connector'
import * as z from 'zod'

const item = z.object({ id: z.string(), name: z.string(), amount: z.number() })

export const stock = defineConnector({
  id: 'package-stock',
  baseUrl: 'http://127.0.0.1:1',
  auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
  verify: 'items.list',
  endpoints: {
    'items.get': get('/items/{id}', { response: item }),
    'items.list': get('/items', { items: 'items', paginate: linkHeader() }),
    'items.upsert': post('/copies', {
      batch: { size: 10, items: 'items' },
      idempotency: { header: 'Idempotency-Key', id: 'id' },
    }),
  },
})
