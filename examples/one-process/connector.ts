import { clientCredentials, defineConnector, get } from 'tokenkeeper/connector'
import * as z from 'zod'

export const shop = defineConnector({
  id: 'shop',
  baseUrl: 'http://127.0.0.1:4800',
  auth: clientCredentials({ tokenUrl: 'http://127.0.0.1:4800/token', clientId: 'app' }),
  endpoints: {
    'orders.get': get('/orders/{id}', { response: z.object({ total: z.number() }) }),
  },
})
