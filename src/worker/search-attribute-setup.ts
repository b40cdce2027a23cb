import type { NativeConnection } from '@temporalio/worker'
import { setUpSearchAttributes } from '../client/search-attribute-setup.js'
import type { LogLine } from './log-line.js'

const START_DEADLINE_MS = 5000

/**
 * Registers the search attributes of tokenkeeper when a worker starts. What may not be set up (no
 * permission, SQL visibility full) is left out with one line: nothing depends on them.
 */
export async function registerSearchAttributes(
  connection: NativeConnection,
  namespace: string,
  log: LogLine,
): Promise<void> {
  try {
    const { otherType } = await connection.withDeadline(Date.now() + START_DEADLINE_MS, () =>
      setUpSearchAttributes(connection, namespace),
    )
    if (otherType.length > 0)
      log(
        'search_attributes_missing',
        `namespace ${namespace} has ${otherType.join(', ')} as a search attribute of another type: connections can't be searched for by it`,
        { namespace },
      )
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown error'
    log(
      'search_attributes_missing',
      `search attributes of tokenkeeper are not all set up in namespace ${namespace} (${reason}); everything works without them, but connections can't be searched for`,
      { namespace },
    )
  }
}
