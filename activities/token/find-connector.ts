import {
  ACCOUNT_RULE,
  CONNECTOR_RULE,
  type ConnectionRef,
  parseConnection,
} from '../../src/contract/connection-ref.js'
import { createFailure } from '../../src/contract/failure.js'
import type { Connector } from '../../src/connectors/connector.js'
import { authKindOf } from '../../src/auth/registry.js'
import { templateNames } from '../../src/definition/template.js'
import { isVariableValue } from '../../src/definition/variables.js'

export type FoundConnector =
  | { readonly ok: true; readonly ref: ConnectionRef; readonly connector: Connector }
  | {
      readonly ok: false
      readonly code: 'InvalidConnection' | 'UnknownConnector'
      readonly message: string
    }

/** The connector of a connection, or why there is none. */
export function findConnector(
  connectors: ReadonlyMap<string, Connector>,
  connection: string,
): FoundConnector {
  const ref = parseConnection(connection)
  if (ref === undefined)
    return {
      ok: false,
      code: 'InvalidConnection',
      message: `A connection is named 'connector/account'; connector: ${CONNECTOR_RULE}; account: ${ACCOUNT_RULE}.`,
    }
  const connector = connectors.get(ref.connector)
  if (connector === undefined)
    return {
      ok: false,
      code: 'UnknownConnector',
      message: `The keeper worker has no connector '${ref.connector}' (it has: ${[...connectors.keys()].join(', ') || 'none'}): give it one in its option connectors.`,
    }
  const urls = authKindOf(connector.auth).urls?.(connector.auth) ?? {}
  const named = [connector.baseUrl, ...Object.values(urls)].flatMap((url) => templateNames(url))
  if (named.includes('account') && !isVariableValue({ form: 'label' }, ref.account))
    return {
      ok: false,
      code: 'InvalidConnection',
      message: `The account '${ref.account}' becomes part of a URL of the connector '${ref.connector}', so it must be letters, digits and hyphens, at most 63.`,
    }
  return { ok: true, ref, connector }
}

/**
 * As {@link findConnector}, for where a missing one is a failure.
 * @throws ApplicationFailure `InvalidConnection`, `UnknownConnector`
 */
export function needConnector(
  connectors: ReadonlyMap<string, Connector>,
  connection: string,
): Extract<FoundConnector, { ok: true }> {
  const found = findConnector(connectors, connection)
  if (found.ok) return found
  throw createFailure(found.code, found.message, { connection })
}
