import { authKindNamed } from '../auth/registry.js'
import { paginationStyleNamed } from '../pagination/registry.js'

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
  'endpoints.*.itemSchema': `itemSchema: z.object({ id: z.string() })`,
  'endpoints.*.id': `id: 'id'`,
  'endpoints.*.lookup': `lookup: { endpoint: 'orders.find', param: 'external_id', key: 'id', found: 'orders' }`,
  'endpoints.*.results': `results: { path: 'results', ok: { path: 'status', equals: ['ok', 201] }, reason: 'error.code' }`,
  'endpoints.*.onUnknown': `onUnknown: 'fail'`,
  'endpoints.*.total': `total: { body: 'meta.total' }, or { header: 'X-Total-Count' }`,
  'endpoints.*.readAhead': `readAhead: { pages: 4 }`,
  'endpoints.*.batch': `batch: { size: 100, items: 'orders' }`,
  'endpoints.*.idempotency': `idempotency: { header: 'Idempotency-Key', id: 'id' }`,
  'endpoints.*.maxBytes': `maxBytes: 8_388_608`,
  'endpoints.*.timeoutMs': `timeoutMs: 30_000`,
  variables: `variables: { shop: { from: 'credential', form: 'label' } }`,
  identity: `identity: { subject: 'shop.id', name: 'shop.name' }, beside verify`,
  connect: `connect: { name: 'Shop', fields: { apiKey: { label: 'API key', help: 'Settings, then API keys.' } } }`,
  headers: `headers: { 'Xero-Tenant-Id': '{tenantId}' }`,
  verify: `verify: 'shop.get'`,
  origins: `origins: ['https://files.example.com']`,
  network: `network: { privateAddresses: ['10.20.0.0/16'] }`,
  expired: `expired: { status: [419], body: { path: 'error.code', equals: ['token_expired'] } }`,
  limits: `limits: { budget: { requests: 2, perMs: 1000, burst: 40 } }`,
  'limits.wait': `wait: [{ header: 'X-RateLimit-Reset', as: 'epoch-milliseconds' }]`,
  'limits.detect': `detect: [{ status: [400], body: { path: 'errors.0.code', equals: ['RATELIMITED'] } }]`,
  'limits.remaining': `remaining: [{ header: 'X-RateLimit-Remaining', reset: { header: 'X-RateLimit-Reset', as: 'epoch-seconds' } }]`,
  'limits.budget': `budget: { requests: 100, perMs: 60_000 }`,
  maxLeaseAgeMs: 'maxLeaseAgeMs: 60_000',
}

/** Options by their former names. */
const RENAMED: Readonly<Record<string, string>> = {
  'endpoints.*.item': 'itemSchema',
  'endpoints.*.lookup.then': 'ifFound',
  'endpoints.*.results.again': 'retry',
  'limits.told': 'detect',
}

/**
 * An example of right for a path of a definition, or for the nearest part above it. Those of auth and of
 * pagination are the examples of the kind and the style that the definition names.
 */
export function exampleFor(path: readonly PropertyKey[], definition: unknown): string {
  const names = path.map(partName)
  const [part, endpoint = '', option, ...below] = path
  if (part === 'auth') {
    const kind = authKindNamed(examplePart(definition, ['auth', 'kind']))
    return (
      nearest(kind?.examples ?? {}, names.slice(1)) ??
      `auth: apiKey({ in: 'header', name: 'X-Api-Key' })`
    )
  }
  if (part === 'endpoints' && option === 'paginate') {
    const style = paginationStyleNamed(examplePart(definition, [part, endpoint, option, 'style']))
    return nearest(style?.examples ?? {}, below.map(partName)) ?? 'paginate: linkHeader()'
  }
  if (part === 'endpoints' && names.length > 1) names[1] = '*'
  return nearest(EXAMPLES, names) ?? ''
}

/** The new name of an option that has one. */
export function newNameOf(path: readonly PropertyKey[]): string | undefined {
  const names = path.map(partName)
  if (names[0] === 'endpoints' && names.length > 1) names[1] = '*'
  const name = names.join('.')
  return Object.hasOwn(RENAMED, name) ? RENAMED[name] : undefined
}

/** The example of the longest beginning of a path that has one. */
function nearest(
  examples: Readonly<Record<string, string>>,
  names: readonly string[],
): string | undefined {
  for (let length = names.length; length >= 0; length -= 1) {
    const name = names.slice(0, length).join('.')
    if (Object.hasOwn(examples, name)) return examples[name]
  }
  return undefined
}

/** In a list any one stands for all. */
function partName(part: PropertyKey): string {
  return typeof part === 'number' ? '*' : String(part)
}

/** What a definition that is not checked yet says at a path. */
function examplePart(definition: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (part, name) =>
      typeof part === 'object' && part !== null && Object.hasOwn(part, name)
        ? (part as Readonly<Record<PropertyKey, unknown>>)[name]
        : undefined,
    definition,
  )
}
