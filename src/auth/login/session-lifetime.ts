import { jwtLifetimeMs } from '../oauth2/jwt-lifetime.js'
import type { LoginCookies } from './cookie-jar.js'
import type { LoginFlowAuth, LoginLifetime } from './login-definition.js'
import type { LoginValue, LoginValues } from './templates.js'

/** Longer than anybody keeps a session; what is above is no lifetime. */
const LONGEST_MS = 3.2e12

/** How long a session lives from the moment its login began; undefined where nobody knows. */
export function sessionLifetimeMs(
  { lifetime, token, keepAlive }: Pick<LoginFlowAuth, 'lifetime' | 'token' | 'keepAlive'>,
  values: LoginValues,
  cookies: LoginCookies,
  sentAtMs: number,
): number | undefined {
  // A cookie that is to be sent ends the session when it ends, whatever else is said.
  const named = token.cookies === 'all' ? [] : (token.cookies ?? [])
  const ends = cookies.endsAtMs(named)
  const all = [
    lifetime && toldMs(lifetime, values, cookies, sentAtMs),
    ends === undefined ? undefined : ends - sentAtMs,
    keepAlive?.everyMs,
  ].filter((ms) => ms !== undefined && ms > 0 && ms < LONGEST_MS)
  return all.length === 0 ? undefined : Math.floor(Math.min(...(all as number[])))
}

function toldMs(
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
  seconds: (value) => toNumber(value) * 1000,
  minutes: (value) => toNumber(value) * 60_000,
  milliseconds: (value) => toNumber(value),
  'epoch-seconds': (value, sentAtMs) => toNumber(value) * 1000 - sentAtMs,
  'epoch-milliseconds': (value, sentAtMs) => toNumber(value) - sentAtMs,
  iso: (value, sentAtMs) => (typeof value === 'string' ? Date.parse(value) - sentAtMs : NaN),
  jwt: (value, sentAtMs) => jwtLifetimeMs(String(value), sentAtMs),
}

function toNumber(value: LoginValue): number {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^\s*\d+(?:\.\d+)?\s*$/.test(value) ? Number(value) : NaN
}
