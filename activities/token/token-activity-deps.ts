import type { ActivityDependencies } from '../dependencies.js'
import type { ExchangeOnce } from '../../src/auth/exchange.js'
import type { MetadataCache } from '../../src/auth/metadata-cache.js'

/** What the activities of the token workflow need from the worker. */
export interface TokenActivityDeps extends Pick<
  ActivityDependencies,
  'connectors' | 'keyring' | 'references'
> {
  /** Default: undici with the limits of token requests. */
  readonly exchangeOnce?: ExchangeOnce
  /** The search attributes of the namespace. Default: asked of the server through the activity's client. */
  readonly listSearchAttributes?: () => Promise<readonly string[]>
  /** What OAuth discovery found. Default: one for all activities of this worker. */
  readonly metadata?: MetadataCache
  /** How long the ids of workflows may be on this cluster, in bytes. Default: as Temporal has it, 1,000. */
  readonly maxIdBytes?: number
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}
