import { type ConnectionRef, formatConnection } from '../../src/contract/connection-ref.js'
import { createFailure } from '../../src/contract/failure.js'
import type { Connector, Endpoint } from '../../src/connectors/connector.js'
import type { VariableValues } from '../../src/definition/variables.js'
import { needConnector } from '../token/find-connector.js'

export interface ResolvedConnection {
  readonly ref: ConnectionRef
  /** `shopify/acme` */
  readonly name: string
  readonly connector: Connector
  /** Values for `{name}` in the base URL; more than the account only once a lease is open. */
  readonly variables: VariableValues
}

/** @throws ApplicationFailure `InvalidConnection`, `UnknownConnector` */
export function resolveConnection(
  connectors: ReadonlyMap<string, Connector>,
  connection: string,
): ResolvedConnection {
  const { ref, connector } = needConnector(connectors, connection)
  return { ref, name: formatConnection(ref), connector, variables: { account: ref.account } }
}

/** @throws ApplicationFailure `UnknownEndpoint` */
export function resolveEndpoint(
  { connector, name }: ResolvedConnection,
  endpoint: string,
): Endpoint {
  const found = Object.hasOwn(connector.endpoints, endpoint)
    ? connector.endpoints[endpoint]
    : undefined
  if (found !== undefined) return found
  throw createFailure(
    'UnknownEndpoint',
    `${name} has no endpoint '${endpoint.slice(0, 100)}' (it has ${Object.keys(connector.endpoints).join(', ')}). Mend the name, or define it.`,
    { connection: name, endpoint: endpoint.slice(0, 100) },
  )
}
