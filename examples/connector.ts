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

/** A shop with an account per customer, OAuth 2.0 and a refresh token that rotates. */
export const shop = defineConnector({
  id: 'shop',
  baseUrl: 'https://{account}.shop.example/api',
  auth: refreshToken({
    rotation: 'rotating',
    tokenUrl: 'https://{account}.shop.example/oauth/token',
    clientId: secret('env:SHOP_CLIENT_ID'),
    clientSecret: secret('env:SHOP_CLIENT_SECRET'),
  }),
  verify: 'shop.get',
  endpoints: {
    'shop.get': get('/shop'),
    'orders.get': get('/orders/{id}', { response: order }),
    'orders.list': get('/orders', { items: 'orders', paginate: linkHeader() }),
  },
})

/** An ERP with one API key, which recognises a batch that comes again. */
export const erp = defineConnector({
  id: 'erp',
  baseUrl: 'https://erp.example/v2',
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
