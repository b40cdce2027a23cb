import type { RevokeResult, MintFailureClass } from '../../contract/token-activities.js'
import { Secret } from '../../sealing/secret.js'
import type {
  MintContext,
  MintGranted,
  MintOutcome,
  RevokeContext,
  MintRefused,
  OutgoingRequest,
  SecretFields,
} from '../kind/auth-kind.js'
import { LoginCookies } from './cookie-jar.js'
import type { LoginFlowAuth } from './login-definition.js'
import { carriesOf } from './login-names.js'
import {
  COOKIES_FIELD,
  type LoginSession,
  SESSION_FIELD,
  knownValues,
  openKeptSession,
  sessionOutcome,
} from './login-session.js'
import { runStep, type StepFailure, type RunContext } from './run-steps.js'
import { type LoginValue, type LoginValues, UnusableValue } from './templates.js'
import { faultAdvice } from '../../wire/network-faults.js'
import type { Carries } from './judge-answer.js'
import { expandTemplate } from '../../definition/variables.js'
import type { LoginUrlParts } from './fill-request.js'
import { putToken } from './put-token.js'

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
    const sent = await runStep(step, values, carries, run)
    if (sent.outcome === 'failed') return toMintFailure(step.name, sent, carries)
    for (const [name, value] of sent.values) {
      values.set(name, value)
      taken.set(name, value)
    }
    dates.answeredAtMs = sent.exchange.answeredAtMs
    host = sent.host
  }
  const named = auth.token.cookies === 'all' ? [] : (auth.token.cookies ?? [])
  const lacking = cookies.lacks(named, now())
  if (lacking === undefined)
    return sessionOutcome(context, { taken, cookies, startedAtMs: dates.sentAtMs }, values, dates)
  // A login form that is shown again answers 200 as well: no cookie may mean a wrong password.
  const detail = `no step brought the cookie ${lacking}`
  const missing = {
    outcome: 'failed',
    class: 'misconfigured',
    code: 'cookie_missing',
    host,
    detail,
  } as const
  return toMintFailure(auth.steps.at(-1)?.name ?? '', missing, 'credential')
}

/** The session is over, or something answered in its place: a new login is needed; it works, or shows what is wrong. */
const OVER = new Set(['invalid_grant', 'misconfigured', 'firewall'])

/** Undefined where there is no session to keep alive, or where only a new login helps. */
async function keepAlive(
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
  const sent = await runStep(auth.keepAlive, values, carries, run)
  if (sent.outcome === 'failed')
    return OVER.has(sent.class) ? undefined : toMintFailure('keepAlive', sent, carries)
  const { sentAtMs, answeredAtMs } = sent.exchange
  const renewed = { ...session, taken: new Map([...session.taken, ...sent.values]) }
  const all = new Map([...values, ...sent.values])
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
  const sent = await runStep(auth.logout, values, 'credential', run)
  if (sent.outcome === 'answered' || sent.class === 'invalid_grant') return { outcome: 'revoked' }
  const { code, message } = toMintFailure('logout', sent, 'credential')
  return { outcome: 'failed', code, message }
}

const LOGIN_MESSAGES: Readonly<Record<MintFailureClass, (host: string, code: string) => string>> = {
  not_sent: (host, code) =>
    `${host} could not be reached (${code}); ${faultAdvice(code) ?? 'nothing was sent'}.`,
  throttled: (host, code) => `${host} asks to wait (${code}).`,
  server_error: (host, code) => `${host} failed (${code}).`,
  firewall: (host, code) =>
    `something before ${host} refused the request (${code}): look at firewall rules and allowed addresses.`,
  ambiguous: (host, code) => `${host} gave no whole answer (${code}); it is tried again by itself.`,
  invalid_grant: (host, code) =>
    `${host} refuses the credential (${code}): connect again with the right one. It is not tried again by itself: the account could be locked.`,
  misconfigured: (host, code) =>
    `${host} refuses the request itself (${code}): look at this step of the connector's auth. The credential is kept.`,
}

/** What failed at a step and what to do next. It repeats only the step, the host and words of the definition. */
function toMintFailure(step: string, failure: StepFailure, carries: Carries): MintRefused {
  const { code, host, detail, retryAfterMs } = failure
  const why =
    detail === undefined
      ? LOGIN_MESSAGES[failure.class](host, code)
      : `${host === '' ? 'it could not be made' : `${host} answered, but`} ${detail}: look at this step of the connector's auth, and at the credential.`
  return {
    outcome: 'refused',
    class: failure.class,
    code,
    message: `step '${step}' of the login: ${why}`,
    retryAfterMs,
    probe: failure.class === 'misconfigured' && carries !== 'nothing' ? 'never' : undefined,
  }
}

type Given = Pick<
  MintContext<LoginFlowAuth>,
  'auth' | 'variables' | 'rules' | 'baseUrl' | 'exchangeOnce' | 'now'
>

/** What the requests of one login, or of one within a session, share. */
function toRun(context: Given, cookies: LoginCookies): RunContext {
  const { exchangeOnce, now } = context
  return { exchangeOnce, now, cookies, urlParts: loginUrlParts(context), startedAtMs: now() }
}

/** The same, with the token of the session on each request. */
function toSessionRun(context: Given, cookies: LoginCookies, token: SecretFields): RunContext {
  const { auth, now } = context
  const authorize = (request: OutgoingRequest): OutgoingRequest => {
    try {
      return putToken(request, token, auth, now())
    } catch {
      throw new UnusableValue('token', 'the session', 'can not be put on it')
    }
  }
  return { ...toRun(context, cookies), authorize }
}

function loginUrlParts({ auth, variables, rules, baseUrl }: Given): LoginUrlParts {
  const requests = [...auth.steps, auth.keepAlive, auth.logout].filter((one) => one !== undefined)
  const own = requests.map(({ url }) => {
    // Only the origin counts: taken values stand behind it.
    const origin = /^https?:\/\/[^/?]+|^\{\w+\}(?=\/|$)/.exec(url)?.[0]
    return origin === undefined ? undefined : expandTemplate(origin, variables, rules)
  })
  const urls = [...own, baseUrl].filter((url) => url !== undefined && URL.canParse(url))
  return {
    variables,
    rules,
    hosts: auth.hosts ?? [],
    origins: new Set(urls.map((url) => new URL(url ?? '').origin)),
    baseUrl,
  }
}
