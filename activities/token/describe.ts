import { DEFAULT_ACCOUNT } from '../../src/contract/connection-ref.js'
import { MAX_ID_BYTES } from '../../src/contract/outside-values.js'
import type { TokenActivities } from '../../src/contract/token-activities.js'
import { connectorFacts } from './connector-facts.js'
import { findConnector } from './find-connector.js'
import { otherAccounts } from './other-accounts.js'
import { createRegisteredSearchAttributes } from './registered-search-attributes.js'
import type { TokenActivityDeps } from './token-activity-deps.js'

/** Tells a token workflow what it has to know of its connector. */
export function createDescribe(deps: TokenActivityDeps): TokenActivities['tokenkeeper.describe'] {
  const registered = createRegisteredSearchAttributes({
    now: deps.now ?? Date.now,
    ...(deps.listSearchAttributes === undefined ? {} : { list: deps.listSearchAttributes }),
  })
  return async ({ connection, pending }) => {
    const searchAttributes = await registered()
    const { maxIdBytes = MAX_ID_BYTES } = deps
    const found = findConnector(deps.connectors, connection)
    if (!found.ok) return { known: false, message: found.message, searchAttributes, maxIdBytes }
    const { connector, ref } = found
    const facts = await connectorFacts(connector, deps.keyring)
    if (pending !== true || ref.account !== DEFAULT_ACCOUNT)
      return { known: true, facts, searchAttributes, maxIdBytes }
    const others = await otherAccounts(ref)
    return { known: true, facts, searchAttributes, maxIdBytes, otherAccounts: others }
  }
}
