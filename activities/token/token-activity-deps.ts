import type { ActivityDependencies } from '../dependencies.js'
import type { ExchangeOnce } from '../../src/auth/exchange.js'

/** What the activities of the token workflow need from the worker. */
export interface TokenActivityDeps extends Pick<
  ActivityDependencies,
  'connectors' | 'keyring' | 'references'
> {
  /** Default: undici with the limits of token requests. */
  readonly exchangeOnce?: ExchangeOnce
  /** The search attributes of the namespace. Default: asked of the server through the activity's client. */
  readonly listSearchAttributes?: () => Promise<readonly string[]>
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}
