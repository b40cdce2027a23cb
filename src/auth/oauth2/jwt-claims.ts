import { atPath } from '../../definition/at-path.js'
import { scalarText } from '../../wire/exact-number.js'
import { tryParseJson } from '../../wire/json.js'
import { boundLifetime, readMoment } from '../kind/lifetime.js'

/** As seconds it would be the year 5138. */
const MILLISECONDS_FROM = 1e11

/**
 * The lifetime that a token itself holds where it is a JWT with `exp` (RFC 7519 section 4.1.4), read
 * without trust: it only times the next refresh.
 */
export function jwtLifetimeMs(token: string, nowMs: number): number | undefined {
  return lifetimeOfClaims(readJwtClaims(token) ?? {}, nowMs)
}

/** From `exp`; by the provider's own clock where there is `iat` too. */
export function lifetimeOfClaims(
  { exp, iat }: { readonly exp?: unknown; readonly iat?: unknown },
  nowMs: number,
): number | undefined {
  if (typeof exp === 'number' && typeof iat === 'number') {
    const { ms } = boundLifetime((exp - iat) * (exp > MILLISECONDS_FROM ? 1 : 1000))
    if (ms !== undefined) return ms
  }
  const endsAtMs = readMoment(exp, nowMs)
  return endsAtMs === undefined ? undefined : boundLifetime(endsAtMs - nowMs).ms
}

/** The claims of a JWT (RFC 7519 section 7.2), without any check of its signature; undefined for what is none. */
export function readJwtClaims(token: string): Readonly<Record<string, unknown>> | undefined {
  const [, payload, signature] = token.split('.')
  if (payload === undefined || signature === undefined) return undefined
  const claims = tryParseJson(Buffer.from(payload, 'base64url').toString('utf8'))
  const isObject = typeof claims === 'object' && claims !== null && !Array.isArray(claims)
  return isObject ? (claims as Readonly<Record<string, unknown>>) : undefined
}

/** What a name of an account may look like: it is kept in the open, so that nothing else passes. */
const CLAIM_NAME = /^[\x21-\x7e]{1,300}$/

/**
 * Whose account a token is of: the value at a path of the answer, or `iss` and `sub` of the id token
 * (OpenID Connect Core 1.0 section 2), read without trust. Only ever compared with the one before.
 */
export function subjectIn(
  root: object,
  idToken: string | undefined,
  path: string | undefined,
): string | undefined {
  if (path !== undefined) return toName(atPath(root, path))
  const { sub, iss } = (idToken === undefined ? undefined : readJwtClaims(idToken)) ?? {}
  const subject = toName(sub)
  const issuer = toName(iss)
  return subject === undefined || issuer === undefined ? undefined : `${issuer}#${subject}`
}

function toName(value: unknown): string | undefined {
  const text = scalarText(value)
  return text !== undefined && CLAIM_NAME.test(text) ? text : undefined
}
