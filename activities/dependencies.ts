import type { Connector } from '../src/connectors/connector.js'
import type { Keyring } from '../src/sealing/keyring.js'
import type { ReferenceAllowList } from '../src/sealing/reference-allow-list.js'
import type { ConfirmedLeases } from './http/confirmed-leases.js'
import type { SyncFunctions } from './sync/sync-functions.js'

/** What the activities of a keeper worker work with. */
export interface ActivityDependencies extends ConfirmedLeases {
  /** By id. */
  readonly connectors: ReadonlyMap<string, Connector>
  readonly keyring: Keyring
  /** For references that come in messages. */
  readonly references: ReferenceAllowList
  /** That syncs may name. */
  readonly functions: SyncFunctions
  /** The worker is going down: long activities hand back their place at the next page. */
  readonly isDraining: () => boolean
}
