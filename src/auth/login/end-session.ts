import { Secret } from '../../sealing/secret.js'
import type { RevokeResult } from '../../contract/token-activities.js'
import type { RevokeContext } from '../auth-kind.js'
import { LoginCookies } from './cookie-jar.js'
import type { LoginFlowAuth } from './login-definition.js'
import { toMintFailure } from './login-failure.js'
import { toSessionRun } from './login-run.js'
import { COOKIES_FIELD, knownValues } from './login-session.js'
import { runStep } from './run-steps.js'

/** Logs out, where the definition says how. A session that is over already counts as ended. */
export async function endSession(context: RevokeContext<LoginFlowAuth>): Promise<RevokeResult> {
  const { auth, token } = context
  if (auth.logout === undefined) return { outcome: 'unsupported' }
  if (token === undefined) return { outcome: 'revoked' }
  const values = await knownValues(context)
  for (const [name, field] of Object.entries(token)) values.set(name, field.reveal())
  const cookies = LoginCookies.opened(token[COOKIES_FIELD] ?? new Secret(''))
  const run = toSessionRun(context, cookies ?? LoginCookies.empty(), token)
  // 401 to a request that carries the session means that there is none any more.
  const outcome = await runStep(auth.logout, values, 'credential', run)
  if (outcome.ok || outcome.class === 'invalid_grant') return { outcome: 'revoked' }
  const { code, message } = toMintFailure('logout', outcome, 'credential')
  return { outcome: 'failed', code, message }
}
