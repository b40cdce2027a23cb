import { Secret } from '../../sealing/secret.js'
import { tryParseJson } from '../../wire/json.js'
import type { MintContext, MintDates, MintGranted, SecretFields } from '../kind/auth-kind.js'
import {
  type LifetimeForm,
  boundLifetime,
  earliestLifetime,
  readLifetime,
} from '../kind/lifetime.js'
import { jwtLifetimeMs } from '../oauth2/jwt-claims.js'
import { LoginCookies } from './cookie-jar.js'
import type { LoginFlowAuth, LoginLifetime } from './login-definition.js'
import { requestNames, tokenNames } from './login-names.js'
import type { LoginValue, LoginValues } from './templates.js'

/** The field of a grant that holds the session to keep alive, and the one of a token that holds its cookies. */
export const SESSION_FIELD = 'session'
export const COOKIES_FIELD = 'cookies'

/** What a login came to. */
export interface LoginSession {
  /** What was taken from answers. */
  readonly taken: ReadonlyMap<string, LoginValue>
  readonly cookies: LoginCookies
  /** When its login began. */
  readonly startedAtMs: number
  /** As it was after the login. */
  readonly lifetimeMs?: number | undefined
}

/** Everything that templates know before the first step. */
export async function knownValues({
  auth,
  account,
  variables,
  fields,
  resolve,
}: Pick<
  MintContext<LoginFlowAuth>,
  'auth' | 'account' | 'variables' | 'fields' | 'resolve'
>): Promise<Map<string, LoginValue>> {
  const values = new Map<string, LoginValue>([...Object.entries(variables), ['account', account]])
  for (const name of auth.credential) {
    const field = fields[name]
    if (field !== undefined) values.set(name, field.reveal())
  }
  for (const [name, reference] of Object.entries(auth.secrets ?? {}))
    values.set(name, (await resolve(reference)).reveal())
  return values
}

/** The token, and the grant where the session is to be kept alive. */
export function sessionOutcome(
  { auth, fields, now }: Pick<MintContext<LoginFlowAuth>, 'auth' | 'fields' | 'now'>,
  session: LoginSession,
  values: LoginValues,
  dates: MintDates,
): MintGranted {
  const { taken, cookies } = session
  const lifetimeMs = sessionLifetimeMs(auth, taken, cookies, dates.sentAtMs)
  const held = session.lifetimeMs ?? lifetimeMs
  const subject = auth.subject === undefined ? undefined : taken.get(auth.subject)
  return {
    outcome: 'granted',
    token: tokenFields(auth, values, taken, cookies, now()),
    grant: auth.keepAlive && { ...fields, [SESSION_FIELD]: sealSession(session, held, now()) },
    lifetimeMs,
    subject: subject === undefined ? undefined : String(subject),
    answer: auth.answer && Object.fromEntries(auth.answer.map((name) => [name, taken.get(name)])),
    sentAtMs: dates.sentAtMs,
    answeredAtMs: dates.answeredAtMs,
  }
}

function tokenFields(
  auth: LoginFlowAuth,
  values: LoginValues,
  taken: LoginValues,
  cookies: LoginCookies,
  nowMs: number,
): SecretFields {
  const names = new Set(tokenNames(auth))
  if (auth.logout !== undefined)
    for (const name of requestNames(auth.logout)) if (taken.has(name)) names.add(name)
  const fields: Record<string, Secret> = {}
  for (const name of names) {
    const value = values.get(name)
    if (value !== undefined) fields[name] = new Secret(String(value))
  }
  const { cookies: kept } = auth.token
  if (kept !== undefined) fields[COOKIES_FIELD] = cookies.sealed(nowMs, kept)
  return fields
}

function sealSession(
  { taken, cookies, startedAtMs }: LoginSession,
  lifetimeMs: number | undefined,
  nowMs: number,
): Secret {
  const jar = cookies.sealed(nowMs).reveal()
  return new Secret(JSON.stringify({ taken: [...taken], jar, startedAtMs, lifetimeMs }))
}

/** Undefined for what {@link sessionOutcome} did not make. */
export function openKeptSession(text: Secret): LoginSession | undefined {
  const { taken, jar, startedAtMs, lifetimeMs } = (tryParseJson(text.reveal()) ?? {}) as {
    readonly taken?: [string, LoginValue][] | undefined
    readonly jar?: string | undefined
    readonly startedAtMs?: number | undefined
    readonly lifetimeMs?: number | undefined
  }
  if (!Array.isArray(taken) || typeof jar !== 'string' || startedAtMs === undefined)
    return undefined
  const cookies = LoginCookies.opened(new Secret(jar))
  if (cookies === undefined) return undefined
  return {
    taken: new Map(taken),
    cookies,
    startedAtMs,
    lifetimeMs,
  }
}

/** How long a session lives from the moment its login began; undefined where nobody knows. */
function sessionLifetimeMs(
  { lifetime, token, keepAlive }: Pick<LoginFlowAuth, 'lifetime' | 'token' | 'keepAlive'>,
  values: LoginValues,
  cookies: LoginCookies,
  sentAtMs: number,
): number | undefined {
  // A cookie that is to be sent ends the session when it ends, whatever else is said.
  const named = token.cookies === 'all' ? [] : (token.cookies ?? [])
  const ends = cookies.endsAtMs(named)
  const all = [
    lifetime && statedMs(lifetime, values, cookies, sentAtMs),
    ends === undefined ? undefined : ends - sentAtMs,
    keepAlive?.everyMs,
  ].map((ms) => boundLifetime(ms))
  return earliestLifetime(all).ms
}

function statedMs(
  lifetime: LoginLifetime,
  values: LoginValues,
  cookies: LoginCookies,
  sentAtMs: number,
): number | undefined {
  if ('ms' in lifetime) return lifetime.ms
  if ('cookie' in lifetime) {
    const ends = cookies.endsAtMs([lifetime.cookie])
    return ends === undefined ? undefined : ends - sentAtMs
  }
  const value = values.get(lifetime.value)
  return value === undefined ? undefined : READERS[lifetime.form](value, sentAtMs)
}

const READERS: Readonly<
  Record<
    Extract<LoginLifetime, { value: string }>['form'],
    (value: LoginValue, sentAtMs: number) => number | undefined
  >
> = {
  seconds: reader('seconds'),
  minutes: (value, sentAtMs) => {
    const { ms } = readLifetime(value, 'seconds', sentAtMs)
    return ms === undefined || /[^\d.\s]/.test(String(value)) ? ms : ms * 60
  },
  milliseconds: reader('milliseconds'),
  'epoch-seconds': reader('epoch-seconds'),
  'epoch-milliseconds': reader('epoch-milliseconds'),
  iso: reader('iso'),
  jwt: (value, sentAtMs) => jwtLifetimeMs(String(value), sentAtMs),
}

function reader(form: LifetimeForm) {
  return (value: LoginValue, sentAtMs: number): number | undefined =>
    readLifetime(value, form, sentAtMs).ms
}
