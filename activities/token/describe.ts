import type { TokenActivities } from '../../src/contract/token-activities.js'
import { connectorFacts } from './connector-facts.js'
import { findConnector } from './find-connector.js'
import { createRegisteredSearchAttributes } from './registered-search-attributes.js'
import type { TokenActivityDeps } from './token-activity-deps.js'

/** Tells a token workflow what it has to know of its connector. */
export function createDescribe(deps: TokenActivityDeps): TokenActivities['tokenkeeper.describe'] {
  const registered = createRegisteredSearchAttributes({
    now: deps.now ?? Date.now,
    ...(deps.listSearchAttributes === undefined ? {} : { list: deps.listSearchAttributes }),
  })
  return async ({ connection }) => {
    const searchAttributes = await registered()
    const found = findConnector(deps.connectors, connection)
    return found.ok
      ? {
          known: true,
          facts: await connectorFacts(found.connector, deps.keyring),
          searchAttributes,
        }
      : { known: false, message: found.message, searchAttributes }
  }
}
