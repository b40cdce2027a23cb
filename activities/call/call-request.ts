import { createFailure } from '../../src/contract/failure.js'
import type { CallInput } from '../../src/contract/flow-activities.js'
import type { Endpoint } from '../../src/connectors/connector.js'
import type { OnUnknown } from '../../src/connectors/writing.js'
import { templateNames } from '../../src/definition/template.js'
import { writeJson } from '../../src/wire/json.js'
import { buildUrl } from '../connection/build-url.js'
import { checkInput } from '../connection/parse-by.js'
import type { ResolvedConnection } from '../connection/resolve-connection.js'
import type { UpstreamRequest } from '../connection/upstream-request.js'

const MAX_CALL_BYTES = 256 * 1024
/** Results go through history, whatever an endpoint allows its pages. */
const LARGEST_CALL_BYTES = 1024 * 1024

/**
 * The request of a call: path parameters and query by name, `body` as JSON.
 * @throws ApplicationFailure `InvalidInput`
 */
export async function toCallRequest(
  resolved: ResolvedConnection,
  endpoint: Endpoint,
  { endpoint: name, input, idempotencyKey }: Omit<CallInput, 'lease' | 'connection'>,
): Promise<UpstreamRequest> {
  // Left out in JavaScript, it does not come at all.
  const { body, ...parameters } = (input as CallInput['input'] | undefined) ?? {}
  const where = { connection: resolved.name, endpoint: name }
  if (endpoint.method === 'GET' && body !== undefined)
    throw createFailure(
      'InvalidInput',
      `${where.connection} ${name}: a GET has no body; leave it out.`,
      where,
    )
  const inPath = new Set(templateNames(endpoint.path))
  const query = Object.fromEntries(Object.entries(parameters).filter(([key]) => !inPath.has(key)))
  const path = Object.fromEntries(Object.entries(parameters).filter(([key]) => inPath.has(key)))
  const checked = await checkInput(endpoint.query, query, { ...where, part: 'query' })
  const content = await checkInput(endpoint.body, body, { ...where, part: 'body' })
  const headers: Record<string, string> = {}
  if (endpoint.accept !== undefined) headers['accept'] = endpoint.accept
  if (content !== undefined) headers['content-type'] = endpoint.contentType ?? 'application/json'
  const key = endpoint.method === 'GET' ? undefined : endpoint.idempotency?.header.toLowerCase()
  if (key !== undefined) headers[key] = idempotencyKey
  return {
    endpoint: name,
    method: endpoint.method,
    url: buildUrl(resolved, name, endpoint.path, { ...(checked as object), ...path }),
    headers,
    body: content === undefined ? undefined : bodyText(content, where),
    repeatable: endpoint.method === 'GET' || whenUnknown(endpoint) === 'repeat',
    maxBytes: Math.min(endpoint.maxBytes ?? MAX_CALL_BYTES, LARGEST_CALL_BYTES),
    timeoutMs: endpoint.timeoutMs,
  }
}

/** @throws ApplicationFailure `InvalidInput` for what JSON can't say */
function bodyText(
  content: unknown,
  where: { readonly connection: string; readonly endpoint: string },
): string {
  try {
    return writeJson(content)
  } catch {
    throw createFailure(
      'InvalidInput',
      `${where.connection} ${where.endpoint}: the body can not be written as JSON: it has a circle, or is nested too deep.`,
      where,
    )
  }
}

/** What is done about a request whose outcome is unknown: as the endpoint says, else as safe as it allows. */
export function whenUnknown({
  method,
  idempotency,
  lookup,
  onUnknown,
  paginate,
}: Pick<Endpoint, 'method' | 'idempotency' | 'lookup' | 'onUnknown' | 'paginate'>): OnUnknown {
  if (onUnknown !== undefined) return onUnknown
  // A POST with pages only reads.
  if (paginate !== undefined) return 'repeat'
  // HTTP itself says that these are the same twice as once (RFC 9110 section 9.2.2).
  if (method !== 'POST' && method !== 'PATCH') return 'repeat'
  if (idempotency !== undefined) return 'repeat'
  return lookup === undefined ? 'fail' : 'lookup'
}
