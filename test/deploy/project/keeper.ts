import {
  apiKey,
  defineConnector,
  get,
  linkHeader,
  post,
  refreshToken,
  secret,
} from 'tokenkeeper/connector'

/** Where the test has put its upstreams; the keeper worker alone knows it. */
function place(name: string): string {
  return process.env[name] ?? `http://127.0.0.1/${name}-is-not-set`
}

/** A shop with rotating refresh tokens: a used one that comes again ends the grant. */
export const shop = defineConnector({
  id: 'shop',
  baseUrl: place('SHOP_URL'),
  auth: refreshToken({
    tokenUrl: place('TOKEN_URL'),
    clientId: secret('env:SHOP_CLIENT_ID'),
    clientSecret: secret('env:SHOP_CLIENT_SECRET'),
    rotation: 'rotating',
    refresh: { graceWindowMs: 0 },
  }),
  verify: 'shop.get',
  endpoints: {
    'shop.get': get('/shop'),
    'orders.list': get('/orders', { items: 'orders', paginate: linkHeader() }),
  },
})

/** An ERP with an API key that remembers idempotency keys. */
export const erp = defineConnector({
  id: 'erp',
  baseUrl: place('ERP_URL'),
  auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
  verify: 'me.get',
  endpoints: {
    'me.get': get('/me'),
    'orders.upsert': post('/orders/batch', {
      batch: { size: 10, items: 'orders' },
      idempotency: { header: 'Idempotency-Key', id: 'id' },
    }),
  },
})
