import type { Connector } from '../connectors/connector.js'

/** Connectors by id. @throws TypeError where two have the same */
export function indexConnectors(connectors: readonly Connector[]): ReadonlyMap<string, Connector> {
  const byId = new Map<string, Connector>()
  for (const connector of connectors) {
    if (byId.has(connector.id))
      throw new TypeError(`connectors: '${connector.id}' is defined twice; ids must differ`)
    byId.set(connector.id, connector)
  }
  return byId
}
