import type { MintContext, MintOutcome } from '../auth-kind.js'
import { LoginCookies } from './cookie-jar.js'
import { keepAlive } from './keep-alive.js'
import type { LoginFlowAuth } from './login-definition.js'
import { toMintFailure } from './login-failure.js'
import { carriesOf } from './login-names.js'
import { toRun } from './login-run.js'
import { knownValues, sessionOutcome } from './login-session.js'
import { runStep } from './run-steps.js'
import type { LoginValue, LoginValues } from './templates.js'

/**
 * Gets a session: keeps the living one alive where the definition says how and the upstream does not
 * refuse it, and logs in anew otherwise.
 * @throws ApplicationFailure `SecretUnresolved`, before anything is sent
 */
export async function mintSession(context: MintContext<LoginFlowAuth>): Promise<MintOutcome> {
  const known = await knownValues(context)
  return (await keepAlive(context, known)) ?? (await logIn(context, known))
}

async function logIn(
  context: MintContext<LoginFlowAuth>,
  known: LoginValues,
): Promise<MintOutcome> {
  const { auth, now } = context
  const values = new Map(known)
  const taken = new Map<string, LoginValue>()
  const cookies = LoginCookies.empty()
  const run = toRun(context, cookies)
  const dates = { sentAtMs: run.startedAtMs, answeredAtMs: run.startedAtMs }
  let host = ''
  for (const step of auth.steps) {
    const carries = carriesOf(step, auth)
    const outcome = await runStep(step, values, carries, run)
    if (!outcome.ok) return toMintFailure(step.name, outcome, carries)
    for (const [name, value] of outcome.values) {
      values.set(name, value)
      taken.set(name, value)
    }
    dates.answeredAtMs = outcome.exchange.answeredAtMs
    host = outcome.host
  }
  const named = auth.token.cookies === 'all' ? [] : (auth.token.cookies ?? [])
  const lacking = cookies.lacks(named, now())
  if (lacking === undefined)
    return sessionOutcome(context, { taken, cookies, startedAtMs: dates.sentAtMs }, values, dates)
  // A login form that is shown again answers 200 as well: no cookie may mean a wrong password.
  const detail = `no step brought the cookie ${lacking}`
  const missing = {
    ok: false,
    class: 'misconfigured',
    code: 'cookie_missing',
    host,
    detail,
  } as const
  return toMintFailure(auth.steps.at(-1)?.name ?? '', missing, 'credential')
}
