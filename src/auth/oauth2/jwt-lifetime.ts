import { boundLifetime, readMoment } from '../lifetime.js'
import { readJwtClaims } from './read-jwt-claims.js'

/**
 * The lifetime that a token tells of itself where it is a JWT with `exp` (RFC 7519 section 4.1.4), read
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

/** As seconds it would be the year 5138. */
const MILLISECONDS_FROM = 1e11
