import { boundLifetime, earliestLifetime, type LifetimeForm, readLifetime } from '../lifetime.js'
import { jwtLifetimeMs } from '../oauth2/jwt-lifetime.js'
import type { LoginCookies } from './cookie-jar.js'
import type { LoginFlowAuth, LoginLifetime } from './login-definition.js'
import type { LoginValue, LoginValues } from './templates.js'

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
