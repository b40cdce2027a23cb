import {
  apiKey,
  defineConnector,
  get,
  linkHeader,
  post,
  refreshToken,
  secret,
} from 'tokenkeeper/connector'
import * as z from 'zod'

const order = z.object({ id: z.string(), total: z.number() })

/** A shop: OAuth 2.0, access tokens that live for seconds, and a refresh token that rotates. */
export const shop = defineConnector({
  id: 'shop',
  baseUrl: 'http://127.0.0.1:4801/shop',
  auth: refreshToken({
    tokenUrl: 'http://127.0.0.1:4801/shop/token',
    clientId: secret('env:SHOP_CLIENT_ID'),
    clientSecret: secret('env:SHOP_CLIENT_SECRET'),
    rotation: 'rotating',
  }),
  verify: 'me.get',
  endpoints: {
    'me.get': get('/me'),
    'orders.get': get('/orders/{id}', { response: order }),
    'orders.list': get('/orders', { items: 'orders', paginate: linkHeader() }),
  },
})

/** An ERP with one API key, which recognises a batch that comes again. */
export const erp = defineConnector({
  id: 'erp',
  baseUrl: 'http://127.0.0.1:4801/erp',
  auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
  verify: 'me.get',
  endpoints: {
    'me.get': get('/me'),
    'orders.upsert': post('/orders/batch', {
      batch: { size: 50, items: 'orders' },
      idempotency: { header: 'Idempotency-Key', id: 'id' },
    }),
  },
})
