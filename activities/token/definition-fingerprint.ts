import { createHash } from 'node:crypto'
import type { Connector } from '../../src/connectors/connector.js'
import { canonicalJson } from '../../src/definition/canonical-json.js'

/**
 * Tells definitions apart: 16 hex digits over what decides on tokens (base URL, auth, origins, verify,
 * expired). Endpoints and their schemas change without waking anybody.
 */
export function definitionFingerprint(connector: Connector): string {
  const { baseUrl, auth, origins, verify, expired, maxLeaseAgeMs } = connector
  const { variables, network, headers } = connector
  const verifyPath = verify === undefined ? undefined : connector.endpoints[verify]?.path
  const urls = { baseUrl, origins, verifyPath, variables, headers, network }
  const what = { ...urls, auth, expired, maxLeaseAgeMs }
  return createHash('sha256').update(canonicalJson(what)).digest('hex').slice(0, 16)
}
