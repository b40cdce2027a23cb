import { createRequire } from 'node:module'
import { Context } from '@temporalio/activity'
import type { KeeperActivities } from '../../src/contract/keeper-report.js'
import { packageVersion } from '../../src/package/package-version.js'
import { proxyProblem, proxyVariables } from '../network/proxies.js'
import type { Keeper } from './keeper.js'

/** So long an answer takes its slot, so that a second question goes to another worker. */
const SLOT_MS = 200

/**
 * What this worker says of itself to `tokenkeeper doctor`.
 * @param identity by which the server knows the worker
 */
export function createKeeperReport(
  keeper: Keeper,
  identity: () => string,
): KeeperActivities['tokenkeeper.report'] {
  return async () => {
    const context = Context.current()
    const clockAheadMs = Math.round(keeper.now() - keeper.serverNow()())
    await context.sleep(SLOT_MS)
    return {
      identity: identity(),
      versions: { tokenkeeper: packageVersion(), sdk: sdkVersion(), node: process.version },
      keyIds: keeper.keyring.keyIds,
      connectors: [...keeper.connectors].map(([id, { auth }]) => ({ id, kind: auth.kind })),
      clockAheadMs,
      proxy: { variables: proxyVariables(), problem: proxyProblem() },
    }
  }
}

function sdkVersion(): string {
  const require = createRequire(import.meta.url)
  return (require('@temporalio/activity/package.json') as { readonly version: string }).version
}
