import type * as z from 'zod'
import { isConnectorName } from '../contract/connection-ref.js'
import { isSecretReference } from '../definition/secret-reference.js'
import { authKindNamed } from '../auth/registry.js'
import { paginationStyleNamed } from '../pagination/registry.js'
import type { Connector, EndpointMap } from './connector.js'
import { connectorSchema } from './connector-schema.js'
import { type DefinitionProblem, InvalidDefinition } from './invalid-definition.js'

/** What {@link defineConnector} takes: a {@link Connector} that is not checked yet. */
export type ConnectorDefinition<Endpoints extends EndpointMap> = Omit<
  Connector<Endpoints>,
  'verify'
> & {
  /**
   * Name of the endpoint that tells whether a credential works: a read without parameters, by GET, or
   * by POST where auth puts the credential into the body.
   */
  readonly verify?: (keyof Endpoints & string) | undefined
}

/**
 * Defines one upstream, once: checked while the module loads, frozen, without any secret in it. What
 * comes back may be spread into the definition of a variant.
 * @throws InvalidDefinition listing what is wrong, at which path, with an example of right
 */
export function defineConnector<const Endpoints extends EndpointMap>(
  definition: ConnectorDefinition<Endpoints>,
): Connector<Endpoints> & Pick<ConnectorDefinition<Endpoints>, 'verify'> {
  const copy = frozenCopy(definition)
  const result = connectorSchema.safeParse(copy)
  if (!result.success)
    throw new InvalidDefinition(
      connectorName(definition),
      result.error.issues.flatMap((issue) => toProblems(issue, definition)),
    )
  return copy as ReturnType<typeof defineConnector<Endpoints>>
}

function connectorName(definition: unknown): string {
  const id = (definition as { readonly id?: unknown } | null | undefined)?.id
  return isConnectorName(id) ? `The connector '${id}'` : 'A connector'
}

function toProblems(issue: z.core.$ZodIssue, definition: unknown): DefinitionProblem[] {
  const problem = (path: readonly PropertyKey[], message: string): DefinitionProblem => ({
    path: formatPath(path),
    message,
    example: exampleFor(path, definition),
  })
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const path = [...issue.path, key]
      const name = newNameOf(path)
      const called = name === undefined ? '' : `: it is called '${name}'`
      return {
        path: formatPath(path),
        message: `is not known here${called}`,
        example: exampleFor([...issue.path, name ?? key], definition),
      }
    })
  if (issue.code === 'invalid_key')
    return [problem(issue.path, issue.issues[0]?.message ?? 'has a name that is not allowed')]
  return [problem(issue.path, problemMessage(issue))]
}

/** In words of our own: zod's may repeat what was given. */
function problemMessage(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `is missing or of the wrong type: it must be ${issue.expected}`
        : `must be ${issue.expected}`
    case 'invalid_value':
      return `must be ${issue.values.map((value) => `'${String(value)}'`).join(' or ')}`
    case 'too_small':
      return `must be at least ${issue.minimum}`
    case 'too_big':
      return `must be at most ${issue.maximum}`
    default:
      return issue.message
  }
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    const name = String(part)
    if (!/^[A-Za-z_]\w*$/.test(name)) return `${text}[${JSON.stringify(name)}]`
    return text === '' ? name : `${text}.${name}`
  }, '')
}

/** Copies plain data without what is undefined; schemas and secret references stay what they are. */
function frozenCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || isSecretReference(value)) return value
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy))
  if ('_zod' in value) return value
  const entries = Object.entries(value).filter(([, part]) => part !== undefined)
  return Object.freeze(Object.fromEntries(entries.map(([key, part]) => [key, frozenCopy(part)])))
}

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
function exampleFor(path: readonly PropertyKey[], definition: unknown): string {
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
function newNameOf(path: readonly PropertyKey[]): string | undefined {
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
