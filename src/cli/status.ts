import type { ConnectionRef } from '../contract/connection-ref.js'
import { listConnections } from './list-connections.js'
import { printStatus } from './print-status.js'
import type { TemporalOptions } from './temporal-options.js'
import { EXIT } from './usage-error.js'
import { withKeeper } from './with-keeper.js'

export interface StatusOptions extends TemporalOptions {
  readonly json?: true
}

/** What somebody has to do something about. */
const SICK = ['needs_reauth', 'misconfigured', 'rejected']

/**
 * `tokenkeeper status`: of one connection, asked for; or of all, as Temporal's visibility has them. Exit
 * code 3 where somebody has to do something.
 */
export async function status(
  ref: ConnectionRef | undefined,
  options: StatusOptions,
): Promise<void> {
  await withKeeper(options, async ({ client, keeper }) => {
    if (ref === undefined) {
      const states = await listConnections({ client, keeper }, options)
      if (states.some((state) => SICK.includes(state))) process.exitCode = EXIT.sick
      return
    }
    const found = await keeper.status(ref.connector, ref.account)
    printStatus(found, options.json)
    if (SICK.includes(found.status)) process.exitCode = EXIT.sick
  })
}
