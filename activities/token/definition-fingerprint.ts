import { createHash } from 'node:crypto'
import type { Connector } from '../../src/connectors/connector.js'

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

/** JSON whose object keys are in order, so that the order of writing does not count. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
