import type { Measure } from '../../src/contract/measure.js'
import type { Keyring } from '../../src/sealing/keyring.js'
import type { RecentPasses } from '../keeper/recent-passes.js'
import type { UpstreamClock } from '../keeper/upstream-clock.js'
import type { ConnectorAgents } from '../network/upstream-agents.js'
import type { ServerNow } from '../runtime/server-clock.js'
import type { SessionLimits } from './session-limits.js'
import type { RequestTracing } from './trace-request.js'

/** What a session shares with others of its worker. */
export interface SessionWorld extends RequestTracing {
  readonly limits: SessionLimits
  readonly agents: ConnectorAgents
  readonly passes: RecentPasses
  /** Leases and tokens are dated by the Temporal server's clock. */
  readonly serverNow: ServerNow
  /** The upstream's clock, for kinds that sign the time. */
  readonly clock?: UpstreamClock | undefined
  /** Proofs by the worker's keys that an answer has named a page. */
  readonly proofs?: Pick<Keyring, 'prove' | 'proves'> | undefined
  readonly measure: Measure
}
