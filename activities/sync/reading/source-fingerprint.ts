import { createHash } from 'node:crypto'
import type { Connector, Endpoint } from '../../../src/connectors/connector.js'
import { createFailure } from '../../../src/contract/failure.js'
import type { SyncCheckpoint } from '../../../src/contract/sync.js'
import { canonicalJson } from '../../../src/contract/plain-data.js'
import type { ResolvedConnection } from '../../connection/resolve-connection.js'

/** Tells sources apart: 16 hex digits over what gives a cursor its meaning. */
export function sourceFingerprint(
  { baseUrl }: Pick<Connector, 'baseUrl'>,
  { method, path, paginate, items }: Pick<Endpoint, 'method' | 'path' | 'paginate' | 'items'>,
): string {
  const what = { baseUrl, method, path, paginate, items }
  return createHash('sha256').update(canonicalJson(what)).digest('hex').slice(0, 16)
}

/**
 * Lets a checkpoint through whose cursor belongs to the source as it is defined now. One without a
 * fingerprint is taken as it is: a sync that begins has none, nor has a checkpoint that somebody wrote by hand.
 * @returns the source's fingerprint
 * @throws ApplicationFailure `CheckpointOutdated`
 */
export function checkDefinition(
  { connector, name }: ResolvedConnection,
  endpoint: Endpoint,
  endpointName: string,
  { cursor, definition }: Pick<SyncCheckpoint, 'cursor' | 'definition'>,
): string {
  const now = sourceFingerprint(connector, endpoint)
  if (cursor === undefined || definition === undefined || definition === now) return now
  throw createFailure(
    'CheckpointOutdated',
    `The definition of ${name} ${endpointName} is another one than when this checkpoint was written (method, path, paginate, items or base URL), so its cursor may mean something else. Replay the sync from the start, or bring the old definition back.`,
    { connection: name, endpoint: endpointName },
  )
}
