import type { MintContext, MintGranted, MintOutcome } from '../auth-kind.js'
import type { LoginFlowAuth } from './login-definition.js'
import { toMintFailure } from './login-failure.js'
import { carriesOf } from './login-names.js'
import { toSessionRun } from './login-run.js'
import {
  type LoginSession,
  openKeptSession,
  SESSION_FIELD,
  sessionOutcome,
} from './login-session.js'
import { runStep } from './run-steps.js'
import type { LoginValues } from './templates.js'

/** The session is over, or something answered in its place: only a login helps, or tells what is wrong. */
const OVER = new Set(['invalid_grant', 'misconfigured', 'firewall'])

/** Undefined where there is no session to keep alive, or where only a new login helps. */
export async function keepAlive(
  context: MintContext<LoginFlowAuth>,
  known: LoginValues,
): Promise<MintOutcome | undefined> {
  const { auth, fields } = context
  const held = fields[SESSION_FIELD]
  if (auth.keepAlive === undefined || held === undefined || context.rejected === true)
    return undefined
  const session = openKeptSession(held)
  if (session === undefined) return undefined
  const values = new Map([...known, ...session.taken])
  const before = { sentAtMs: session.startedAtMs, answeredAtMs: session.startedAtMs }
  const { token } = sessionOutcome(context, session, values, before)
  const carries = carriesOf(auth.keepAlive, auth)
  const run = toSessionRun(context, session.cookies, token)
  const outcome = await runStep(auth.keepAlive, values, carries, run)
  if (!outcome.ok)
    return OVER.has(outcome.class) ? undefined : toMintFailure('keepAlive', outcome, carries)
  const { sentAtMs, answeredAtMs } = outcome.exchange
  const renewed = { ...session, taken: new Map([...session.taken, ...outcome.values]) }
  const all = new Map([...values, ...outcome.values])
  const alive = sessionOutcome(context, renewed, all, { sentAtMs, answeredAtMs })
  return withinAge(auth, session, alive)
}

/**
 * A session that a request does not prolong, or that is near its greatest age, ends all the same: kept
 * alive for ever shorter times it would be asked for ever more often.
 */
function withinAge(
  { keepAlive: rule }: LoginFlowAuth,
  { startedAtMs, lifetimeMs }: LoginSession,
  alive: MintGranted,
): MintOutcome | undefined {
  if (lifetimeMs === undefined) return alive
  const left =
    rule?.maxAgeMs === undefined ? Infinity : startedAtMs + rule.maxAgeMs - alive.sentAtMs
  const lasts = Math.min(alive.lifetimeMs ?? 0, left)
  return lasts < lifetimeMs / 2 ? undefined : { ...alive, lifetimeMs: lasts }
}
