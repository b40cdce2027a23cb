import type { Measure } from '../../src/contract/measure.js'
import type { MetricOutcome } from '../../src/contract/metrics.js'
import type { ResolvedConnection } from './resolve-connection.js'
import type { AnswerMeaning } from './upstream-answers.js'

/** What an answer means, as the metrics name it. */
const OUTCOMES = {
  accepted: 'accepted',
  redirected: 'redirected',
  wait: 'limited',
  unavailable: 'unavailable',
  expired: 'credential_rejected',
  'insufficient-scope': 'insufficient_scope',
  rejected: 'rejected',
} as const satisfies Record<
  AnswerMeaning['outcome'],
  MetricOutcome<'tokenkeeper.upstream.request.duration'>
>

/** What came of a request: the meaning of its answer, or why there is none. */
export type RequestOutcome = AnswerMeaning['outcome'] | 'cancelled' | 'unanswered'

/** Records how long a request to an upstream took, and what came of it. */
export function measureRequest(
  measure: Measure,
  { ref, connector }: Pick<ResolvedConnection, 'ref' | 'connector'>,
  endpoint: string,
  { outcome, tookMs }: { readonly outcome: RequestOutcome; readonly tookMs: number },
): void {
  measure('tokenkeeper.upstream.request.duration', tookMs / 1000, {
    connector: ref.connector,
    endpoint: endpointLabel({ connector }, endpoint),
    outcome: outcome === 'cancelled' || outcome === 'unanswered' ? outcome : OUTCOMES[outcome],
  })
}

/** The endpoint as metrics and traces name it: what `authorizedFetch` sends names none of the definition. */
export function endpointLabel(
  { connector }: Pick<ResolvedConnection, 'connector'>,
  endpoint: string,
): string {
  return Object.hasOwn(connector.endpoints, endpoint) ? endpoint : 'fetch'
}
