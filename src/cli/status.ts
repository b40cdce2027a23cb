import type { ConnectionRef } from '../contract/connection-ref.js'
import { type ListedStatus, listConnections } from './list-connections.js'
import { printStatus } from './print-status.js'
import type { TemporalOptions } from './temporal-options.js'
import { EXIT } from './usage-error.js'
import { withKeeper } from './with-keeper.js'

export interface StatusOptions extends TemporalOptions {
  readonly json?: true | undefined
}

const SICK = ['needs_reauth', 'misconfigured', 'rejected']

/** What somebody has to do something about: a sealing key does not come back by itself. */
function isSick({ status, failure }: ListedStatus): boolean {
  return SICK.includes(status) || failure?.code === 'KeyMissing'
}

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
      if (states.some(isSick)) process.exitCode = EXIT.sick
      return
    }
    const found = await keeper.status(ref.connector, ref.account)
    printStatus(found, options.json)
    if (isSick(found)) process.exitCode = EXIT.sick
  })
}
