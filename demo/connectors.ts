import {
  apiKey,
  authorizationCode,
  type Connector,
  defineConnector,
  get,
  linkHeader,
  post,
  secret,
} from '../src/connectors/index.js'

export interface DemoUrls {
  readonly shop: string
  readonly authorize: string
  readonly token: string
  readonly erp: string
}

/** The two upstreams of the demo, defined once. They hold names of secrets, never secrets. */
export function createDemoConnectors(urls: DemoUrls): readonly Connector[] {
  const shop = defineConnector({
    id: 'shop',
    baseUrl: urls.shop,
    auth: authorizationCode({
      authorizationUrl: urls.authorize,
      tokenUrl: urls.token,
      clientId: secret('env:SHOP_CLIENT_ID'),
      clientSecret: secret('env:SHOP_CLIENT_SECRET'),
      scope: 'openid offline_access orders',
      authorizationParameters: { prompt: 'consent' },
      rotation: 'rotating',
      // oidc-provider has no grace: a used refresh token that comes again kills the whole family.
      refresh: { graceWindowMs: 0 },
    }),
    endpoints: {
      'shop.get': get('/shop'),
      'orders.list': get('/orders', { items: 'orders', paginate: linkHeader() }),
    },
    verify: 'shop.get',
  })
  const erp = defineConnector({
    id: 'erp',
    baseUrl: urls.erp,
    auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
    endpoints: {
      'me.get': get('/me'),
      'orders.upsert': post('/orders/batch', {
        batch: { size: 25, items: 'orders' },
        idempotency: { header: 'Idempotency-Key', id: 'id' },
      }),
    },
    verify: 'me.get',
  })
  return [shop, erp]
}
