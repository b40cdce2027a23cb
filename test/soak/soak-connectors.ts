import {
  apiKey,
  type Connector,
  defineConnector,
  get,
  linkHeader,
  post,
  refreshToken,
  secret,
} from '../../src/connectors/index.js'

/** One pair of upstreams, each behind a proxy of its own. */
export interface Pair {
  readonly id: string
  readonly shop: string
  readonly tokenUrl: string
  readonly erp: string
}

/** The connectors `shop-<id>` and `erp-<id>`. */
export function soakConnectors({ id, shop, tokenUrl, erp }: Pair): readonly Connector[] {
  return [
    defineConnector({
      id: `shop-${id}`,
      baseUrl: shop,
      auth: refreshToken({
        rotation: 'rotating',
        tokenUrl,
        clientId: 'soak',
        clientSecret: secret('env:SOAK_CLIENT_SECRET'),
        // oidc-provider has none: a used refresh token that comes again ends its family.
        refresh: { graceWindowMs: 0 },
      }),
      endpoints: { 'orders.list': get('/orders', { items: 'orders', paginate: linkHeader() }) },
    }),
    defineConnector({
      id: `erp-${id}`,
      baseUrl: erp,
      auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
      endpoints: {
        // Less than a page: a place inside a page is met as well.
        'orders.write': post('/orders/batch', {
          batch: { size: 3, items: 'orders' },
          idempotency: { header: 'Idempotency-Key', id: 'id' },
        }),
      },
    }),
  ]
}
