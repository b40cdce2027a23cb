import type { Lease } from '../../src/contract/lease.js'
import { methodOf, type Tracing } from '../../src/contract/tracing.js'
import type { CredentialGuard } from './credential-guard.js'
import { endpointLabel } from './measure-request.js'
import type { ResolvedConnection } from './resolve-connection.js'
import type { UpstreamAnswer, UpstreamRequest } from './upstream-request.js'

export interface RequestTracing {
  readonly tracing: Tracing
  /** Connectors whose requests carry the header `traceparent`. */
  readonly propagateTo: ReadonlySet<string>
}

interface Session {
  readonly resolved: ResolvedConnection
  readonly lease: Pick<Lease, 'generation'>
  readonly guard: CredentialGuard
}

/**
 * Sends one request in a span, which never has its URL.
 * @param send is given the headers that the trace adds
 */
export function sendInSpan(
  { tracing, propagateTo }: RequestTracing,
  { resolved, lease, guard }: Session,
  { endpoint, method }: UpstreamRequest,
  url: URL,
  send: (headers: Readonly<Record<string, string>> | undefined) => Promise<UpstreamAnswer>,
): Promise<UpstreamAnswer> {
  const attributes = {
    'tokenkeeper.connection': resolved.name,
    'tokenkeeper.generation': lease.generation,
    'tokenkeeper.endpoint': endpointLabel(resolved, endpoint),
    'http.request.method': methodOf(method),
    'server.address': guard.mayName(url.host) ? url.hostname : undefined,
  }
  return tracing.inSpan('tokenkeeper.upstream.request', attributes, async (span) => {
    const { traceparent } = span
    const goesAlong = traceparent !== undefined && propagateTo.has(resolved.ref.connector)
    const answer = await send(goesAlong ? { traceparent } : undefined)
    span.set({ 'http.response.status_code': answer.status })
    if (answer.status >= 400) span.fail(answer.status)
    return answer
  })
}
