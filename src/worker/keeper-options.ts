import type { NativeConnection, WorkerOptions } from '@temporalio/worker'
import type { SinkFunction, TransformFunction } from '../../activities/keeper/sync-functions.js'
import type { NoticesOptions } from '../../activities/keeper/notice-options.js'
import type { CustomAuthRegistry } from '../auth/custom/define-custom-auth.js'
import type { Connector } from '../connectors/connector.js'
import type { Tracer } from '../contract/tracing.js'
import type { SecretReference } from '../contract/credential.js'
import type { Secret } from '../sealing/secret.js'

/** What traces are made with. */
export interface TracingOptions {
  /**
   * A tracer of `@opentelemetry/api`, which spans go to.
   * @example tracer: trace.getTracer('tokenkeeper')
   */
  readonly tracer: Tracer
  /**
   * Ids of connectors whose upstreams are told of the trace, by the header `traceparent` of W3C Trace Context: services
   * of your own. Default: none is told.
   * @example propagateTo: ['erp']
   */
  readonly propagateTo?: readonly string[] | undefined
}

/** How much a keeper worker does at once. */
export interface SlotsOptions {
  /**
   * Activities of token workflows: token requests, looks at credentials. Default 100.
   * @example tokens: 50
   */
  readonly tokens?: number | undefined
  /**
   * Calls, previews of syncs, and activities of your own. Default 100.
   * @example work: 200
   */
  readonly work?: number | undefined
  /**
   * Syncs: where more of them run, they take turns. Default 100.
   * @example syncs: 50
   */
  readonly syncs?: number | undefined
  /**
   * The share of the slots of `work` that calls of one connector may take, above 0 and at most 1: an API that hangs then leaves
   * the others some. Default 1.
   * @example callsOfConnector: 0.5
   */
  readonly callsOfConnector?: number | undefined
}

/** What a process needs to keep tokens. */
export interface KeeperOptions {
  /**
   * Made by `defineConnector`; each id once.
   * @example connectors: [shop, erp]
   */
  readonly connectors: readonly Connector[]
  /**
   * The keys that open credentials, oldest first; the last one seals.
   * `secret('file:/run/keys/2026-11')`, `secret('env:…')`, or the text in a `Secret`.
   * @example privateKeys: [secret('file:/run/keys/2026-05'), secret('file:/run/keys/2026-11')]
   */
  readonly privateKeys: readonly (SecretReference | Secret)[]
  /**
   * Of key files whose mode lets others than the owner reach them. Default `warn`: a line in the log at the
   * start. `owner-only`: the keeper does not start, except for what Kubernetes mounts (`defaultMode: 0400`).
   */
  readonly keyFileAccess?: 'warn' | 'owner-only' | undefined
  /**
   * The keeper's own task queue, where token workflows are. Calls are done at the one of this name with `-work` behind it,
   * syncs at the one with `-sync`. Default `tokenkeeper`.
   * @example taskQueue: 'tokenkeeper-eu'
   */
  readonly taskQueue?: string | undefined
  /**
   * How much is done at once. Token requests, calls and syncs have slots of their own, so that none waits behind another.
   * @example slots: { tokens: 50, work: 200, syncs: 50 }
   */
  readonly slots?: SlotsOptions | undefined
  /**
   * Fewer billed actions on Temporal Cloud: a heartbeat of a sync each 40 seconds, not each 5. In return a keeper
   * worker that was killed is missed after a minute, not after 12 seconds, and what its syncs did since the last
   * heartbeat is done again. A pause or a cancellation is heard within a second or so all the same. Default `false`.
   * @example economy: true
   */
  readonly economy?: boolean | undefined
  /**
   * Which references messages may name: patterns with `*` at the end.
   * Default `env:TOKENKEEPER_SECRET_*` and `file:/run/secrets/*`.
   * @example references: ['env:SHOP_*', 'file:/run/secrets/*']
   */
  readonly references?: readonly string[] | undefined
  /**
   * The functions behind `custom('name', …)` of the connectors, by that name; made by `defineCustomAuth`.
   * @example customAuth: { 'acme-signature': defineCustomAuth({ authorize }) }
   */
  readonly customAuth?: CustomAuthRegistry | undefined
  /**
   * `limit.maxIDLength` of your Temporal cluster, in bytes, where it is less than the default of 1,000:
   * 255 to 1,000. Flows with longer ids are refused, for Temporal would refuse the answer to them.
   * @example maxIdBytes: 255
   */
  readonly maxIdBytes?: number | undefined
  /**
   * Who is told when a connection or a sync needs somebody: webhooks, a chat, an activity of yours.
   * @example notices: { destinations: [{ kind: 'activity', name: 'pager', activity: 'page' }] }
   */
  readonly notices?: NoticesOptions | undefined
  /**
   * Traces token requests, leases, upstream requests and pages of syncs. Default: nothing is traced.
   * @example tracing: { tracer: trace.getTracer('tokenkeeper') }
   */
  readonly tracing?: TracingOptions | undefined
  /**
   * How often connections and parked flows are counted for the metrics, where the worker's runtime exports
   * any. Default `'1 minute'`; a count that takes long is made less often.
   * @example metricsInterval: '5 minutes'
   */
  readonly metricsInterval?: string | number | undefined
  /**
   * Connections that carry one of these tags are counted by it as well. Each is a label of a metric, so name
   * teams or tiers, not customers: at most 50.
   * @example metricsTags: ['team:billing', 'tier:gold']
   */
  readonly metricsTags?: readonly string[] | undefined
  /**
   * Functions that syncs may write to: `to: { sink: 'writeOrders' }`.
   * @example sinks: { writeOrders: async (orders) => await database.insert(orders) }
   */
  readonly sinks?: Readonly<Record<string, SinkFunction>> | undefined
  /**
   * Functions that records of a sync may go through: `transform: 'toErpOrder'`.
   * @example transforms: { toErpOrder: (order) => ({ number: order.id }) }
   */
  readonly transforms?: Readonly<Record<string, TransformFunction>> | undefined
}

/** What is said otherwise here: by `slots` the last two. */
type OwnOptions =
  | 'connection'
  | 'taskQueue'
  | 'workflowsPath'
  | 'sinks'
  | 'maxCachedWorkflows'
  | 'tuner'
  | 'maxConcurrentActivityTaskExecutions'

/** {@link KeeperOptions}, and what Temporal's `Worker.create` takes. */
export interface KeeperWorkerOptions extends KeeperOptions, Omit<WorkerOptions, OwnOptions> {
  /** @example connection: await NativeConnection.connect({ address: 'localhost:7233' }) */
  readonly connection: NativeConnection
  /**
   * How many workflows stay in memory, about 300 KiB each; every connection beyond is replayed when it has work.
   * Default: by the memory of the machine or container and the limit of Node's heap, told in the log at the start.
   * @example maxCachedWorkflows: 12_000
   */
  readonly maxCachedWorkflows?: number | undefined
  /**
   * What `Worker.create` calls `sinks`: functions that workflow code may call.
   * @example workflowSinks: { audit: { write: { fn: (info, text) => log(text) } } }
   */
  readonly workflowSinks?: NonNullable<WorkerOptions['sinks']> | undefined
}
