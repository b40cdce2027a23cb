import type { AuthLike } from '../../src/auth/kind/auth-kind.js'
import { authKindOf } from '../../src/auth/registry.js'
import { failureCode } from '../../src/contract/failure.js'
import { boundWait } from '../../src/contract/wait.js'
import type { RevokeResult, TokenActivities } from '../../src/contract/token-activities.js'
import type { Keeper } from '../keeper/keeper.js'
import { openFields, splitFields } from '../connection/sealed-fields.js'
import { findConnector } from '../connection/resolve-connection.js'
import { kindContext } from './kind-context.js'

/**
 * Tells the provider once that a grant is no longer wanted (RFC 7009, a logout). What goes wrong is
 * an answer: the connection ends whatever the provider says.
 */
export function createRevoke(keeper: Keeper): TokenActivities['tokenkeeper.revoke'] {
  return async ({ connection, grant, token }) => {
    // This worker at least serves no more of it.
    keeper.leases.forget(connection)
    const found = findConnector(keeper.connectors, connection)
    if (found.outcome === 'refused') return failed(found.code, found.message)
    const { connector, ref } = found
    const kind = authKindOf<AuthLike>(connector.auth)
    if (kind.revoke === undefined) return { outcome: 'unsupported' }
    const open = async (sealed: typeof grant, purpose: 'grant' | 'token') =>
      sealed === undefined
        ? undefined
        : splitFields(
            await openFields(keeper.keyring, sealed, { connection, purpose }),
            ref.account,
          )
    try {
      const held = await open(grant, 'grant')
      const last = await open(token, 'token')
      const variables = held?.variables ?? last?.variables ?? { account: ref.account }
      const outcome = await kind.revoke({
        ...kindContext(keeper, found, variables),
        fields: held?.fields ?? {},
        token: last?.fields,
      })
      if (outcome.outcome !== 'failed' || outcome.retryAfterMs === undefined) return outcome
      const { waitMs } = boundWait(outcome.retryAfterMs, connector.limits?.maxWaitMs)
      return { ...outcome, retryAfterMs: waitMs }
    } catch (error) {
      const code = failureCode(error)
      if (code === undefined || !(error instanceof Error)) throw error
      return failed(code, error.message)
    }
  }
}

function failed(code: string, message: string): RevokeResult {
  return { outcome: 'failed', code, message }
}
