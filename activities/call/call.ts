import { CancelledFailure, Context } from '@temporalio/activity'
import type * as z from 'zod'
import { createFailure } from '../../src/contract/failure.js'
import type { CallInput, CallResult } from '../../src/contract/flow-activities.js'
import { isLeaseLive } from '../../src/contract/lease.js'
import type { Endpoint } from '../../src/connectors/connector.js'
import type { ActivityDependencies } from '../dependencies.js'
import { buildUrl, pathParameters } from '../http/build-url.js'
import { resolveConnection, resolveEndpoint } from '../http/resolve-connection.js'
import { openSession, type UpstreamRequest } from '../http/upstream-session.js'
import { LeaseExpired, UpstreamWait } from '../http/upstream-signals.js'

const MAX_CALL_BYTES = 256 * 1024
const HEARTBEAT_MS = 2000

/** Calls one endpoint once under a lease. Every failure has a code of the closed table. */
export async function call(
  dependencies: ActivityDependencies,
  input: CallInput,
): Promise<CallResult> {
  const context = Context.current()
  const resolved = resolveConnection(dependencies.connectors, input.connection)
  const endpoint = resolveEndpoint(resolved, input.endpoint)
  const request = toRequest(resolved, endpoint, input)
  if (!request.repeatable && wasUnderWay(context.info.heartbeatDetails))
    throw createFailure(
      'AmbiguousWrite',
      `${resolved.name} ${input.endpoint}: the worker died while this write was under way, and it carries no idempotency key, so it is not repeated. Look whether it was applied, then decide.`,
      { connection: resolved.name, endpoint: input.endpoint },
    )
  if (!isLeaseLive(input.lease, Date.now())) return { outcome: 'lease-expired' }
  const session = await openSession(dependencies, resolved, input.lease, context.cancellationSignal)
  // Acknowledged before anything is sent: after a crash nobody else can know that it was.
  if (!request.repeatable)
    await context.client.activity.heartbeat(context.info.taskToken, { underWay: true })
  const pulse = request.repeatable
    ? setInterval(() => {
        context.heartbeat()
      }, HEARTBEAT_MS)
    : setInterval(() => {
        void context.client.activity
          .heartbeat(context.info.taskToken, { underWay: true })
          .catch(() => undefined)
      }, HEARTBEAT_MS)
  try {
    const { text } = await session.send(request)
    return { outcome: 'done', result: readResult(resolved.name, input.endpoint, endpoint, text) }
  } catch (error) {
    if (error instanceof LeaseExpired) return { outcome: 'lease-expired' }
    if (error instanceof UpstreamWait)
      return { outcome: 'wait', waitMs: error.waitMs, reason: error.reason }
    if (context.cancellationSignal.aborted) throw new CancelledFailure('the call was cancelled')
    // Nothing was applied where it says so: the next attempt may send.
    if (!request.repeatable)
      await context.client.activity
        .heartbeat(context.info.taskToken, { underWay: false })
        .catch(() => undefined)
    throw error
  } finally {
    clearInterval(pulse)
  }
}

function wasUnderWay(details: unknown): boolean {
  return (details as { underWay?: boolean } | undefined)?.underWay === true
}

function toRequest(
  resolved: Parameters<typeof buildUrl>[0],
  endpoint: Endpoint,
  { endpoint: name, input, idempotencyKey }: CallInput,
): UpstreamRequest {
  const { body, ...parameters } = input
  const used = new Set(pathParameters(endpoint.path))
  const query = Object.fromEntries(Object.entries(parameters).filter(([key]) => !used.has(key)))
  const path = Object.fromEntries(Object.entries(parameters).filter(([key]) => used.has(key)))
  const checked = check(endpoint.query, query, resolved.name, name, 'query')
  const sent = check(endpoint.body, body, resolved.name, name, 'body')
  const headers: Record<string, string> = {}
  if (sent !== undefined) headers['content-type'] = 'application/json'
  if (endpoint.idempotency !== undefined)
    headers[endpoint.idempotency.header.toLowerCase()] = idempotencyKey
  const safe = endpoint.method !== 'POST' && endpoint.method !== 'PATCH'
  return {
    endpoint: name,
    method: endpoint.method,
    url: buildUrl(resolved, name, endpoint.path, {
      ...(checked as Readonly<Record<string, unknown>>),
      ...path,
    }),
    headers,
    ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    repeatable: safe || endpoint.idempotency !== undefined,
    maxBytes: endpoint.maxBytes ?? MAX_CALL_BYTES,
    timeoutMs: endpoint.timeoutMs,
  }
}

function check(
  schema: z.ZodType | undefined,
  value: unknown,
  connection: string,
  endpoint: string,
  part: 'query' | 'body',
): unknown {
  if (schema === undefined) return value
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw createFailure(
    'InvalidInput',
    `${connection} ${endpoint}: the ${part} does not fit its schema at ${problemPaths(parsed.error)}.`,
    { connection, endpoint },
  )
}

function readResult(connection: string, name: string, endpoint: Endpoint, text: string): unknown {
  if (text === '' && endpoint.response === undefined) return null
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw createFailure(
      'AnswerUnreadable',
      `${connection} answers ${name} with something that is not JSON; look at the connector's base URL and path.`,
      { connection, endpoint: name },
    )
  }
  if (endpoint.response === undefined) return body
  const parsed = endpoint.response.safeParse(body)
  if (parsed.success) return parsed.data
  throw createFailure(
    'AnswerInvalid',
    `${connection} answers ${name} with something that does not fit its response schema at ${problemPaths(parsed.error)}.`,
    { connection, endpoint: name },
  )
}

/** Where the problems are and of which kind; never a value. */
function problemPaths(error: z.ZodError): string {
  const problems = error.issues.slice(0, 5).map((issue) => {
    const path = issue.path.map(String).join('.')
    return `${path === '' ? 'the top' : path} (${issue.code})`
  })
  return problems.join(', ')
}
