import { DEFAULT_ACCOUNT } from '../../src/contract/connection-ref.js'
import type { TokenActivities } from '../../src/contract/token-activities.js'
import type { Keeper } from '../keeper.js'
import { connectorFacts } from './connector-facts.js'
import { findConnector } from './find-connector.js'
import { otherAccounts } from './other-accounts.js'

/** Tells a token workflow what it has to know of its connector. */
export function createDescribe(keeper: Keeper): TokenActivities['tokenkeeper.describe'] {
  return async ({ connection, pending }) => {
    const searchAttributes = await keeper.searchAttributes()
    const { maxIdBytes } = keeper
    const found = findConnector(keeper.connectors, connection)
    if (!found.ok) return { known: false, message: found.message, searchAttributes, maxIdBytes }
    const { connector, ref } = found
    const facts = await connectorFacts(connector, keeper.keyring)
    if (pending !== true || ref.account !== DEFAULT_ACCOUNT)
      return { known: true, facts, searchAttributes, maxIdBytes }
    const others = await otherAccounts(ref)
    return { known: true, facts, searchAttributes, maxIdBytes, otherAccounts: others }
  }
}
