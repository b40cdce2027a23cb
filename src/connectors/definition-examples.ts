import type { AuthKind } from '../auth/auth-kind.js'

/** What a right definition looks like, by path; `*` is any one name. The nearest one is shown. */
const EXAMPLES: Readonly<Record<string, string>> = {
  '': `defineConnector({ id: 'shop', baseUrl: 'https://api.shop.example', auth: apiKey({ in: 'header', name: 'X-Api-Key' }), endpoints: { 'orders.list': get('/orders') } })`,
  id: `id: 'shopify'`,
  baseUrl: `baseUrl: 'https://{account}.myshopify.com/admin/api/2026-10'`,
  endpoints: `endpoints: { 'orders.list': get('/orders.json', { items: 'orders', paginate: linkHeader() }) }`,
  'endpoints.*': `'orders.get': get('/orders/{id}.json')`,
  'endpoints.*.method': `'orders.search': post('/orders/search')`,
  'endpoints.*.path': `path: '/orders/{id}.json'`,
  'endpoints.*.query': `query: z.object({ status: z.string() })`,
  'endpoints.*.body': `body: z.object({ name: z.string() })`,
  'endpoints.*.response': `response: z.object({ id: z.string() })`,
  'endpoints.*.items': `items: 'data.orders'`,
  'endpoints.*.item': `item: z.object({ id: z.string() })`,
  'endpoints.*.id': `id: 'id'`,
  'endpoints.*.lookup': `lookup: { endpoint: 'orders.find', param: 'external_id', key: 'id', found: 'orders' }`,
  'endpoints.*.results': `results: { path: 'results', ok: { path: 'status', equals: ['ok', 201] }, reason: 'error.code' }`,
  'endpoints.*.onUnknown': `onUnknown: 'fail'`,
  'endpoints.*.paginate': `paginate: linkHeader()`,
  'endpoints.*.paginate.from': `paginate: cursor({ from: { body: 'meta.next' }, to: { query: 'cursor' } })`,
  'endpoints.*.paginate.to': `paginate: cursor({ from: { header: 'X-Next' }, to: { header: 'X-Cursor' } })`,
  'endpoints.*.paginate.more': `paginate: cursor({ from: { body: 'meta.next' }, to: { query: 'cursor' }, more: 'meta.has_more' })`,
  'endpoints.*.paginate.path': `paginate: nextUrl({ path: 'links.next' })`,
  'endpoints.*.paginate.param': `paginate: offset({ param: 'offset', size: { param: 'limit', value: 100 } })`,
  'endpoints.*.paginate.first': `paginate: pageNumber({ param: 'page', first: 0 })`,
  'endpoints.*.paginate.size': `paginate: offset({ param: 'offset', size: { param: 'limit', value: 100 }, stop: 'short-page' })`,
  'endpoints.*.paginate.stop': `paginate: offset({ param: 'offset', stop: { total: { body: 'meta.total' } } })`,
  'endpoints.*.paginate.by': `paginate: keyset({ by: [{ param: 'updated_after', field: 'updated_at' }, { param: 'id_after', field: 'id' }] })`,
  'endpoints.*.paginate.inclusive': `paginate: keyset({ by: { param: 'updated_from', field: 'updated_at' }, inclusive: { id: 'id' }, size: { param: 'limit', value: 200 } })`,
  'endpoints.*.total': `total: { body: 'meta.total' }, or { header: 'X-Total-Count' }`,
  'endpoints.*.batch': `batch: { size: 100, items: 'orders' }`,
  'endpoints.*.idempotency': `idempotency: { header: 'Idempotency-Key', id: 'id' }`,
  'endpoints.*.maxBytes': `maxBytes: 8_388_608`,
  'endpoints.*.timeoutMs': `timeoutMs: 30_000`,
  variables: `variables: { shop: { from: 'credential', form: 'label' } }`,
  identity: `identity: { subject: 'shop.id', name: 'shop.name' }, beside verify`,
  headers: `headers: { 'Xero-Tenant-Id': '{tenantId}' }`,
  verify: `verify: 'shop.get'`,
  origins: `origins: ['https://files.example.com']`,
  network: `network: { privateAddresses: ['10.20.0.0/16'] }`,
  expired: `expired: { status: [419], body: { path: 'error.code', equals: ['token_expired'] } }`,
  limits: `limits: { budget: { requests: 2, perMs: 1000, burst: 40 } }`,
  'limits.wait': `wait: [{ header: 'X-RateLimit-Reset', as: 'epoch-milliseconds' }]`,
  'limits.told': `told: [{ status: [400], body: { path: 'errors.0.code', equals: ['RATELIMITED'] } }]`,
  'limits.remaining': `remaining: [{ header: 'X-RateLimit-Remaining', reset: { header: 'X-RateLimit-Reset', as: 'epoch-seconds' } }]`,
  'limits.budget': `budget: { requests: 100, perMs: 60_000 }`,
  maxLeaseAgeMs: 'maxLeaseAgeMs: 60_000',
}

/** In a list any one stands for all. */
function nameOf(part: PropertyKey): string {
  return typeof part === 'number' ? '*' : String(part)
}

/**
 * An example of right for a path of a definition, or for the nearest part above it.
 * @param kind of authentication, where the definition names one; its examples name members of lists `*`
 */
export function exampleFor(path: readonly PropertyKey[], kind?: AuthKind): string {
  if (path[0] === 'auth') {
    for (let length = path.length; length > 0; length -= 1) {
      const example = kind?.examples[path.slice(1, length).map(nameOf).join('.')]
      if (example !== undefined) return example
    }
    return `auth: apiKey({ in: 'header', name: 'X-Api-Key' })`
  }
  for (let length = path.length; length > 0; length -= 1) {
    const names = path.slice(0, length).map(String)
    if (names[0] === 'endpoints' && length > 1) names[1] = '*'
    const example = EXAMPLES[names.join('.')]
    if (example !== undefined) return example
  }
  return EXAMPLES[''] ?? ''
}
