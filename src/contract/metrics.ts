import type { MintFailureClass } from './token-activities.js'
import { TOKEN_CAUSES, TOKEN_STATUSES } from './token-status.js'

interface MetricDefinition {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  /** As OpenTelemetry writes units, but for `seconds`: the Temporal SDK puts it behind names as it is. */
  readonly unit: string
  /**
   * Each takes few values: the words of a list, or what a definition names; then it says what that is.
   * Never an account, an id or a text.
   */
  readonly labels: Readonly<Record<string, readonly string[] | string>>
  readonly description: string
}

const CONNECTOR = 'id of the connector'
const ENDPOINT = "name of the definition's endpoint"

const TOKEN_OUTCOMES = [
  'minted',
  'not_sent',
  'throttled',
  'server_error',
  'firewall',
  'ambiguous',
  'invalid_grant',
  'misconfigured',
] as const satisfies readonly (MintFailureClass | 'minted')[]

/**
 * All metrics, by their names after OpenTelemetry's conventions. They leave by whatever the runtime of the
 * worker exports to. `docs/reference/metrics.md` shows this table, and a test holds the two together.
 */
export const METRICS = {
  'tokenkeeper.token.requests': {
    kind: 'counter',
    unit: '{request}',
    labels: {
      connector: CONNECTOR,
      outcome: [...TOKEN_OUTCOMES, 'rolled_back'],
      cause: TOKEN_CAUSES,
    },
    description: 'Token requests, by what came of them and why they were sent.',
  },
  'tokenkeeper.token.request.duration': {
    kind: 'histogram',
    unit: 'seconds',
    labels: { connector: CONNECTOR, outcome: TOKEN_OUTCOMES },
    description: 'How long token requests took.',
  },
  'tokenkeeper.token.expiry': {
    kind: 'gauge',
    unit: 'seconds',
    labels: { connector: CONNECTOR },
    description:
      'Time until the first token ends that could not be renewed, of connections that are degraded; +Inf where none is. Tokens of connections that nobody uses may end, and are left out.',
  },
  'tokenkeeper.token.rejections': {
    kind: 'counter',
    unit: '{report}',
    labels: { connector: CONNECTOR },
    description: 'Reports of requests that the upstream refused for their token.',
  },
  'tokenkeeper.lease.requests': {
    kind: 'counter',
    unit: '{request}',
    labels: { connector: CONNECTOR, outcome: ['granted', 'denied', 'parked'] },
    description: 'Answers to flows that asked for a lease.',
  },
  'tokenkeeper.lease.wait.duration': {
    kind: 'histogram',
    unit: 'seconds',
    labels: { connector: CONNECTOR },
    description: 'How long flows waited for a lease, from the request to the grant.',
  },
  'tokenkeeper.lease.queries': {
    kind: 'counter',
    unit: '{query}',
    labels: {
      connector: CONNECTOR,
      outcome: ['granted', 'unavailable', 'missing', 'unanswered'],
    },
    description: 'Queries by which activities looked for the current lease.',
  },
  'tokenkeeper.connections': {
    kind: 'gauge',
    unit: '{connection}',
    labels: { connector: CONNECTOR, state: [...TOKEN_STATUSES, 'unknown'] },
    description: 'Connections by state; unknown where the namespace lacks the search attribute.',
  },
  'tokenkeeper.tagged.connections': {
    kind: 'gauge',
    unit: '{connection}',
    labels: {
      connector: CONNECTOR,
      state: [...TOKEN_STATUSES, 'unknown'],
      tag: 'tag of `metricsTags`',
    },
    description: 'Connections that carry a tag of `metricsTags`, by state.',
  },
  'tokenkeeper.connection.state_changes': {
    kind: 'counter',
    unit: '{change}',
    labels: { connector: CONNECTOR, state: TOKEN_STATUSES },
    description: 'Connections that came into a state.',
  },
  'tokenkeeper.flows.parked': {
    kind: 'gauge',
    unit: '{flow}',
    labels: { connector: CONNECTOR },
    description: 'Flows that wait for a connection that is not usable.',
  },
  'tokenkeeper.upstream.request.duration': {
    kind: 'histogram',
    unit: 'seconds',
    labels: {
      connector: CONNECTOR,
      endpoint: `${ENDPOINT}, or \`fetch\` for \`authorizedFetch\``,
      outcome: [
        'accepted',
        'redirected',
        'limited',
        'unavailable',
        'credential_rejected',
        'insufficient_scope',
        'rejected',
        'unanswered',
        'cancelled',
      ],
    },
    description: 'How long requests to upstreams took, from when they were sent to the last byte.',
  },
  'tokenkeeper.limit.wait.duration': {
    kind: 'histogram',
    unit: 'seconds',
    labels: { connector: CONNECTOR, outcome: ['waited', 'put_off'] },
    description: "How long requests waited for their turn under a connection's limits.",
  },
  'tokenkeeper.sync.pages': {
    kind: 'counter',
    unit: '{page}',
    labels: { connector: CONNECTOR, endpoint: ENDPOINT },
    description: 'Pages of a source that syncs have brought to their end.',
  },
  'tokenkeeper.sync.records': {
    kind: 'counter',
    unit: '{record}',
    labels: { connector: CONNECTOR, endpoint: ENDPOINT, outcome: ['written', 'set_aside'] },
    description: 'Records that sinks accepted, and records that were set aside.',
  },
  'tokenkeeper.sync.runs': {
    kind: 'counter',
    unit: '{sync}',
    labels: {
      connector: CONNECTOR,
      endpoint: ENDPOINT,
      outcome: '`done`, `cancelled`, `failed`, or the code of its failure',
    },
    description: 'Syncs that ended.',
  },
  'tokenkeeper.notice.deliveries': {
    kind: 'counter',
    unit: '{delivery}',
    labels: {
      destination: 'name of the destination',
      outcome: ['delivered', 'failed', 'dead'],
    },
    description: 'Tries to deliver a notice, and notices that were given up.',
  },
} as const satisfies Record<string, MetricDefinition>

export type MetricName = keyof typeof METRICS
type LabelsOf<Name extends MetricName> = (typeof METRICS)[Name]['labels']
type LabelValue<T> = T extends readonly (infer Word extends string)[] ? Word : string
export type MetricLabels<Name extends MetricName> = {
  readonly [Label in keyof LabelsOf<Name>]: LabelValue<LabelsOf<Name>[Label]>
}
/** What stands behind the label `outcome` of a metric. */
export type MetricOutcome<Name extends MetricName> =
  MetricLabels<Name> extends { readonly outcome: infer Outcome } ? Outcome : never
