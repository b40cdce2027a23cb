import { Context } from '@temporalio/activity'
import type { Dispatcher } from 'undici'
import type { ExchangeOnce } from '../../src/auth/kind/exchange.js'
import { KnownProviders } from '../../src/auth/kind/known-providers.js'
import type { Connector } from '../../src/connectors/connector.js'
import { type Measure, UNMEASURED } from '../../src/contract/measure.js'
import { Tracing } from '../../src/contract/tracing.js'
import { MAX_ID_BYTES } from '../../src/contract/outside-values.js'
import type { Keyring } from '../../src/sealing/keyring.js'
import {
  createReferenceAllowList,
  type ReferenceAllowList,
} from '../../src/sealing/reference-allow-list.js'
import { type ConfirmedLeases, QueriedLeases } from './confirmed-leases.js'
import { exchangeOver, tracedExchange } from '../network/exchange-once.js'
import { OpenedLeases } from './opened-leases.js'
import { RecentPasses } from './recent-passes.js'
import { createUpstreamAgent, UpstreamAgents } from '../network/upstream-agents.js'
import { Notices } from './notices.js'
import { UpstreamClock } from './upstream-clock.js'
import { ConnectorShares } from '../limits/connector-shares.js'
import { ConnectionLimiters } from '../limits/connection-limiters.js'
import { ServerClock, serverNow, type ServerNow } from '../runtime/server-clock.js'
import type { SyncFunctions } from './sync-functions.js'
import { RegisteredSearchAttributes } from './registered-search-attributes.js'

/** What a keeper is made of. */
export interface KeeperParts {
  /** By id. */
  readonly connectors: ReadonlyMap<string, Connector>
  readonly keyring: Keyring
  /** For references that come in messages. Default: those that are allowed without an option. */
  readonly references?: ReferenceAllowList | undefined
  /** That syncs may name. Default: none. */
  readonly functions?: SyncFunctions | undefined
  /** How long the ids of workflows may be on this cluster, in bytes. Default: as Temporal has it, 1,000. */
  readonly maxIdBytes?: number | undefined
  /** Default: the token workflows are asked through the client of the activity that runs. */
  readonly leases?: ConfirmedLeases | undefined
  /** Sends token requests. Default: undici with the limits of token requests, to what a connector may dial. */
  readonly exchangeOnce?: ExchangeOnce | undefined
  /** The search attributes of the namespace. Default: asked of the server through the activity's client. */
  readonly listSearchAttributes?: (() => Promise<Readonly<Record<string, number>>>) | undefined
  /** Records metrics. Default: nothing does. */
  readonly measure?: Measure | undefined
  /** Does work in spans. Default: without. */
  readonly tracing?: Tracing | undefined
  /** Connectors whose requests carry the header `traceparent`. Default: none. */
  readonly propagateTo?: ReadonlySet<string> | undefined
  /** The destinations of notices. Default: none. */
  readonly notices?: Notices | undefined
  /** How many activities run at once. */
  readonly slots?: KeeperSlots | undefined
  /** Few heartbeats of calls and syncs reach the server. Default: not. */
  readonly economy?: boolean | undefined
  /** The task queue of its workflows. Default: that of the activity which starts one. */
  readonly taskQueue?: string | undefined
  /** How often the connections are counted. Default a minute. */
  readonly metricsIntervalMs?: number | undefined
  /** Tags by which connections are counted. Default: none. */
  readonly metricsTags?: readonly string[] | undefined
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** How many activities a keeper runs at once: those of token workflows, calls, and slices of syncs. */
export interface KeeperSlots {
  readonly tokens: number
  readonly work: number
  readonly syncs: number
  /** The share of `work` that calls of one connector may take. */
  readonly callsOfConnector: number
}

export const DEFAULT_SLOTS: KeeperSlots = {
  tokens: 100,
  work: 100,
  syncs: 100,
  callsOfConnector: 1,
}

/**
 * All that the activities of a worker work with and share. Whatever one activity learns for the next
 * ones (limits, clocks, what passed, what discovery found) is owned by this object and ends with it.
 */
export class Keeper {
  readonly connectors: ReadonlyMap<string, Connector>
  readonly keyring: Keyring
  readonly references: ReferenceAllowList
  readonly functions: SyncFunctions
  readonly maxIdBytes: number
  readonly leases: ConfirmedLeases
  readonly opened = new OpenedLeases()
  readonly agents: UpstreamAgents
  readonly limiters: ConnectionLimiters
  /** Of the slots for token work. */
  readonly tokenShares: ConnectorShares
  /** Of the slots for calls. */
  readonly callShares: ConnectorShares
  readonly passes: RecentPasses
  readonly providers: KnownProviders
  readonly measure: Measure
  readonly tracing: Tracing
  readonly propagateTo: ReadonlySet<string>
  readonly notices: Notices
  readonly slots: KeeperSlots
  readonly economy: boolean
  readonly taskQueue: string | undefined
  readonly metricsIntervalMs: number
  readonly metricsTags: readonly string[]
  readonly now: () => number
  readonly #exchangeOnce: ExchangeOnce | undefined
  #noticeAgent: Dispatcher | undefined
  readonly #parts: KeeperParts
  readonly #searchAttributes: RegisteredSearchAttributes
  readonly #serverClock: ServerClock
  /** How far the clocks of upstreams are from this worker's, by connection. */
  readonly #clockOffsets: Map<string, number>

  /** @param beside the keeper of another worker of this process: both share what was learned from upstreams */
  constructor(parts: KeeperParts, beside?: Keeper) {
    this.#parts = parts
    this.agents = beside?.agents ?? new UpstreamAgents()
    this.limiters = beside?.limiters ?? new ConnectionLimiters()
    this.passes = beside?.passes ?? new RecentPasses()
    this.providers = beside?.providers ?? new KnownProviders()
    this.#serverClock = beside === undefined ? new ServerClock() : beside.#serverClock
    this.#clockOffsets = beside === undefined ? new Map<string, number>() : beside.#clockOffsets
    this.connectors = parts.connectors
    this.keyring = parts.keyring
    this.references = parts.references ?? createReferenceAllowList()
    this.functions = parts.functions ?? { sinks: new Map(), transforms: new Map() }
    this.maxIdBytes = parts.maxIdBytes ?? MAX_ID_BYTES
    this.measure = parts.measure ?? UNMEASURED
    this.tracing = parts.tracing ?? new Tracing()
    this.propagateTo = parts.propagateTo ?? new Set()
    this.notices = parts.notices ?? new Notices()
    this.slots = parts.slots ?? DEFAULT_SLOTS
    const { tokens, work, callsOfConnector } = this.slots
    // Half of what the others leave: there is always a slot for one more.
    this.tokenShares = new ConnectorShares(tokens, (left) => left / 2)
    this.callShares = new ConnectorShares(work, () => work * callsOfConnector)
    this.economy = parts.economy ?? false
    this.taskQueue = parts.taskQueue
    this.metricsIntervalMs = parts.metricsIntervalMs ?? 60_000
    this.metricsTags = parts.metricsTags ?? []
    this.now = parts.now ?? (() => Date.now())
    this.#exchangeOnce = parts.exchangeOnce
    this.#searchAttributes = new RegisteredSearchAttributes({
      list: parts.listSearchAttributes,
      now: this.now,
    })
    this.leases =
      parts.leases ??
      new QueriedLeases({
        client: () => Context.current().client,
        now: () => this.serverNow()(),
        measure: this.measure,
      })
  }

  /**
   * A keeper for one more worker of this process. It has leases and search attributes of its own: the
   * worker may belong to another namespace or server, whose token workflows have the same names.
   * @param own its task queue, and what records with the names of its namespace and task queue
   */
  forWorker(own: Pick<KeeperParts, 'measure' | 'taskQueue'> = {}): Keeper {
    const { measure = this.measure, taskQueue } = own
    return new Keeper({ ...this.#parts, measure, taskQueue }, this)
  }

  /** The search attributes of tokenkeeper that the namespace has. To be called inside an activity. */
  searchAttributes(): Promise<readonly string[]> {
    return this.#searchAttributes.names()
  }

  /** The Temporal server's clock, by which leases are dated. To be called inside an activity. */
  serverNow(): ServerNow {
    return serverNow(this.#serverClock)
  }

  /** The clock of a connection's upstream, for kinds that sign the time. */
  upstreamClock(connection: string): UpstreamClock {
    return new UpstreamClock(this.#clockOffsets, connection, this.now)
  }

  /** Sends notices: the operator chose where to, so private addresses may be dialled. Metadata services are not. */
  noticeAgent(): Dispatcher {
    this.#noticeAgent ??= createUpstreamAgent({
      network: { loopback: true, privateAddresses: true },
      keepAlive: false,
    })
    return this.#noticeAgent
  }

  /** Sends the token requests of a connection: to the addresses that its connector may dial, and no others. */
  exchangeFor(connector: Connector, connection: string): ExchangeOnce {
    const exchangeOnce =
      this.#exchangeOnce ?? exchangeOver(this.agents.of(connector).fresh, { now: this.now })
    return tracedExchange(exchangeOnce, this.tracing, connection)
  }
}
